using System.Buffers;
using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets.Drift;

namespace Plumbline.Tests.Datasets.Drift;

public sealed class DriftedTextTests
{
    private const string Prose = "The plot was thin. I liked the ending, though! Would I read it again? Perhaps — for the hero’s sister.";

    [Theory]
    [InlineData(0.25, "The plot was thin. I liked")]
    [InlineData(0.04, "The")]
    [InlineData(0.01, "The")]
    public void Length_FactorBelowOne_CutsAtTheEndOfAWord(double factor, string expected) => Length(Prose, factor).ShouldBe(expected);

    [Fact]
    public void Length_FactorAboveOne_RepeatsSentencesOfTheText()
    {
        var longer = Length(Prose, 4);
        ((double)Encoding.UTF8.GetByteCount(longer) / Encoding.UTF8.GetByteCount(Prose)).ShouldBe(4, 0.15);
        longer.ShouldStartWith(Prose);
        string[] words = Prose.Split(' ');
        longer.Split(' ').ShouldAllBe(word => words.Contains(word));
    }

    [Property]
    public bool Length_AnyTextAndFactor_IsValidAndNotBlank(string? text, byte factor)
    {
        text = Clean(text);
        if (string.IsNullOrWhiteSpace(text))
            return true;
        var changed = Length(text, (factor + 1) / 64.0);
        return changed.Trim(' ', '\t', '\r', '\n').Length > 0 && changed == Clean(changed);
    }

    [Fact]
    public void Vocabulary_ShareZeroAndOne_ReplacesNothingAndEveryLongerWord()
    {
        Vocabulary(Prose, 0).ShouldBe(Prose);
        var before = Prose.Split(' ', '.', '!', '?', ',', '’');
        var after = Vocabulary(Prose, 1).Split(' ', '.', '!', '?', ',', '’');
        after.Length.ShouldBe(before.Length);
        before.Zip(after).ShouldAllBe(pair => (pair.First == pair.Second) == (pair.First.Length < 3));
        char.IsUpper(after[0][0]).ShouldBeTrue();
    }

    [Fact]
    public void Vocabulary_SameWordInAnyCase_BecomesTheSameWord()
    {
        var words = Vocabulary("Kingdom kingdom KINGDOM Ärger ärger", 1).Split(' ');
        words[1].ShouldBe(words[0].ToLowerInvariant());
        words[2].ShouldBe(words[0].ToUpperInvariant());
        words[4].ShouldBe(words[3].ToLowerInvariant());
    }

    [Fact]
    public void Vocabulary_GreaterShare_KeepsWhatASmallerOneReplaced()
    {
        var words = Enumerable.Range(0, 2_000).Select(i => $"word{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676))}").ToArray();
        var (some, more) = (words.Where(word => Vocabulary(word, 0.3) != word).ToHashSet(), words.Where(word => Vocabulary(word, 0.5) != word).ToHashSet());
        some.Count.ShouldBeInRange(530, 670);
        more.Count.ShouldBeInRange(920, 1080);
        some.IsSubsetOf(more).ShouldBeTrue();
        words.Select(word => Vocabulary(word, 1)).Distinct().Count().ShouldBe(2_000);
    }

    [Property]
    public bool Vocabulary_AnyText_KeepsWhatIsNoLetter(string? text)
    {
        text = Clean(text);
        static string Others(string value) => string.Concat(value.EnumerateRunes().Where(rune => !Rune.IsLetter(rune)));
        return Others(Vocabulary(text, 1)) == Others(text);
    }

    [Property]
    public bool Cipher_Twice_IsTheTextAgain(string? text)
    {
        text = Clean(text);
        return Cipher(Cipher(text)) == text;
    }

    [Fact]
    public void Cipher_LatinAndCyrillic_ChangePlaces()
    {
        Cipher("Abc 123 xyz!").ShouldBe("Абц 123 жыз!");
        Cipher("Привет").ShouldAllBe(letter => char.IsAsciiLetter(letter));
        Cipher("日本 ёъ").ShouldBe("日本 ёъ");
    }

    private static string Length(string text, double factor) => Write(text, (bytes, output) => LengthDrift.Write(bytes.Span, factor, 7, output));

    private static string Vocabulary(string text, double share) => Write(text, (bytes, output) => VocabularyDrift.Write(bytes.Span, share, 7, output));

    private static string Cipher(string text) => Write(text, (bytes, output) => ScriptCipher.Write(bytes.Span, output));

    private static string Write(string text, Action<ReadOnlyMemory<byte>, IBufferWriter<byte>> change)
    {
        var output = new ArrayBufferWriter<byte>();
        change(Encoding.UTF8.GetBytes(text), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Without halves of surrogate pairs, as every text is that was read.</summary>
    private static string Clean(string? text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
}
