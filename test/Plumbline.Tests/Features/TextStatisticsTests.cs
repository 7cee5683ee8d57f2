using System.Text;
using FsCheck.Xunit;
using Plumbline.Features;
using Plumbline.Tests.Text;

namespace Plumbline.Tests.Features;

public sealed class TextStatisticsTests
{
    [Property(MaxTest = 1000, Arbitrary = [typeof(MixedTexts)])]
    public void Compute_AnyText_SameAsRuneByRune(MixedText text) => Compute(text.Utf8).ShouldBe(Naive(text.Decoded));

    [Fact]
    public void Compute_AsciiOfEveryLength_SameAsRuneByRune()
    {
        const string Alphabet = "aB !?\t\n\v\r_\x1C\0Z";
        for (var length = 0; length <= 200; length++)
        {
            var text = new string([.. Enumerable.Range(0, length).Select(i => Alphabet[((i * i) + (5 * i) + length) % Alphabet.Length])]);
            Compute(Encoding.ASCII.GetBytes(text)).ShouldBe(Naive(text), $"length {length}");
        }
    }

    [Fact]
    public void Compute_Keywords_OccurrencesInTheLowerCasedText()
    {
        byte[][] keywords = [.. new[] { "good", "ü", "aa", "nowhere" }.Select(Encoding.UTF8.GetBytes)];
        var values = new float[TextStatistics.Names.Length + keywords.Length];
        TextStatistics.Compute("Good goods Ü aaaa"u8, "good goods ü aaaa"u8, keywords, values);
        values[TextStatistics.Names.Length..].ShouldBe([2f, 1f, 2f, 0f]);
    }

    private static float[] Compute(ReadOnlySpan<byte> text)
    {
        var values = new float[TextStatistics.Names.Length];
        TextStatistics.Compute(text, default, [], values);
        return values;
    }

    private static float[] Naive(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var words = runes.Where((rune, i) => !Rune.IsWhiteSpace(rune) && (i == 0 || Rune.IsWhiteSpace(runes[i - 1]))).Count();
        return
        [
            runes.Length,
            words,
            text.Count(character => character == '!'),
            text.Count(character => character == '?'),
            runes.Length == 0 ? 0 : (float)runes.Count(Rune.IsUpper) / runes.Length,
            words == 0 ? 0 : (float)runes.Length / words,
        ];
    }
}
