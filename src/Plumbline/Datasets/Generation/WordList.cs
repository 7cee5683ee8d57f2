using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Datasets.Generation;

/// <summary>Words of one kind, the common ones first, and those that drift puts in their place.</summary>
internal sealed class WordList
{
    private readonly byte[][] _words;
    private readonly byte[][] _newWords;

    /// <param name="words">Separated by '|'.</param>
    /// <param name="newWords">Likewise; the same words if null.</param>
    public WordList(string words, string? newWords = null)
    {
        _words = Split(words);
        _newWords = newWords is null ? _words : Split(newWords);
    }

    /// <param name="novelty">Probability of a new word. It never changes how many numbers are drawn.</param>
    public ReadOnlySpan<byte> Pick(RandomSource random, double novelty = 0)
    {
        var u = random.NextDouble();
        var words = random.NextDouble() < novelty ? _newWords : _words;
        return words[(int)(u * u * words.Length)];
    }

    private static byte[][] Split(string words) => [.. words.Split('|').Select(Encoding.UTF8.GetBytes)];
}
