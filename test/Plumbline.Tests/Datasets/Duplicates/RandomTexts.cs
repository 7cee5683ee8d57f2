using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Duplicates;

/// <summary>Texts of made-up words, and edited copies of them.</summary>
internal static class RandomTexts
{
    public static string Text(RandomSource random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Word(random)));

    /// <summary>The text with <paramref name="edits"/> words replaced, left out or added.</summary>
    public static string Edit(RandomSource random, string text, int edits)
    {
        var words = text.Split(' ').ToList();
        for (var edit = 0; edit < edits; edit++)
        {
            var at = random.NextInt32(words.Count);
            switch (random.NextInt32(3))
            {
                case 0:
                    words[at] = Word(random);
                    break;
                case 1 when words.Count > 2:
                    words.RemoveAt(at);
                    break;
                default:
                    words.Insert(at, Word(random));
                    break;
            }
        }
        return string.Join(' ', words);
    }

    private static string Word(RandomSource random) => $"w{random.NextInt32(5000)}";
}
