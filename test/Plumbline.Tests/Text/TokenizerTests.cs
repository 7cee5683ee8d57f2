using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Default = new(new TokenOptions());
    private static readonly Regex Expression = BmpRegex(TokenExpression.Re2);

    [Property(MaxTest = 1000, Arbitrary = [typeof(MixedTexts)])]
    public void Tokenize_AnyText_SameAsRuneByRune(MixedText text) =>
        Default.Tokens(text.Utf8).ShouldBe(NaiveText.Tokens(text.Utf8));

    [Property(MaxTest = 500, Arbitrary = [typeof(MixedTexts)])]
    public void Tokenize_TextOfTheBmp_MatchesOfTheExpression(MixedText text)
    {
        var bmp = new string([.. text.Decoded.Where(character => !char.IsSurrogate(character))]);
        Default.Tokens(Encoding.UTF8.GetBytes(bmp)).ShouldBe(Expression.Matches(bmp.ToLowerInvariant()).Select(match => match.Value));
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(MixedTexts)])]
    public void Tokenize_BufferUsedBefore_SameTokensAndHashes(MixedText before, MixedText text)
    {
        var (used, fresh) = (new TokenBuffer(), new TokenBuffer());
        Default.Tokenize(before.Utf8, used);
        Default.Tokenize(text.Utf8, used);
        Default.Tokenize(text.Utf8, fresh);
        used.Names().ShouldBe(fresh.Names());
        used.Hashes.Take(used.Count).ShouldBe(fresh.Hashes.Take(fresh.Count));
    }

    [Fact]
    public void Tokenize_AsciiOfEveryLength_SameAsRuneByRune()
    {
        const string Alphabet = "abz AZ_09!?()-.'\t^";
        for (var length = 0; length <= 200; length++)
        {
            var text = Encoding.ASCII.GetBytes([.. Enumerable.Range(0, length).Select(i => Alphabet[((i * i) + (7 * i) + length) % Alphabet.Length])]);
            Default.Tokens(text).ShouldBe(NaiveText.Tokens(text), $"length {length}");
        }
    }

    [Theory]
    [InlineData("é")]
    [InlineData("漢")]
    [InlineData("😀")]
    [InlineData("K")]
    [InlineData("Ⱥ")]
    public void Tokenize_CharacterAtEveryOffset_SameAsRuneByRune(string character)
    {
        for (var offset = 0; offset <= 100; offset++)
        {
            foreach (var filler in "a !")
            {
                var text = Encoding.UTF8.GetBytes(new string(filler, offset) + character + new string(filler, 40));
                Default.Tokens(text).ShouldBe(NaiveText.Tokens(text), $"'{filler}' × {offset}");
                Default.Tokens(text.AsSpan(0, text.Length - 40)).ShouldBe(NaiveText.Tokens(text.AsSpan(0, text.Length - 40)));
            }
        }
    }

    [Fact]
    public void Tokenize_OnlyMalformedBytes_NoToken()
    {
        // Each becomes a U+FFFD of three bytes: once written past the buffer.
        foreach (var length in new[] { 1, 31, 700, 5_000, 100_000 })
            Default.Tokens(Enumerable.Repeat((byte)0xFF, length).ToArray()).ShouldBeEmpty();
    }

    [Fact]
    public void Tokenize_TextThatGrowsInLowerCase_WholeToken() =>
        Default.Tokens(Encoding.UTF8.GetBytes(new string('Ⱥ', 10_000))).ShouldBe([new string('ⱥ', 10_000)]);

    [Fact]
    public void Tokenize_TokenOfMoreThan64KiB_WholeToken()
    {
        var word = new string('W', 70_000);
        Default.Tokens(Encoding.UTF8.GetBytes($"a {word} b")).ShouldBe(["a", word.ToLowerInvariant(), "b"]);
    }

    [Fact]
    public void Tokenize_TextOfAMegabyte_SameAsRuneByRune()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(i => $"Wort{i} Ünï {i}漢😀!? ")));
        text.Length.ShouldBeGreaterThan(1_000_000);
        Default.Tokens(text).ShouldBe(NaiveText.Tokens(text));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("Good, NOT bad!?", "good|not|bad|!|?")]
    [InlineData("don't well-known x_y 3.5", "don|t|well|known|x_y|3|5")]
    [InlineData("東京 タワー", "東|京|タ|ワ|ー")]
    [InlineData("한국어 좋다", "한국어|좋다")]
    [InlineData("हिन्दी भाषा", "हिन्दी|भाषा")]
    [InlineData("love❤️👍🏽it", "love|❤|👍|🏽|it")]
    [InlineData("👩‍👧", "👩|👧")]
    [InlineData("300\u212A", "300k")]
    [InlineData("a\uFFFDb", "a|b")]
    public void Tokenize_KnownText_Tokens(string text, string tokens) =>
        string.Join('|', Default.Tokens(Encoding.UTF8.GetBytes(text))).ShouldBe(tokens);

    private static Regex BmpRegex(string re2)
    {
        var pattern = Regex.Replace(re2, @"\\x\{([0-9A-F]+)\}(-\\x\{([0-9A-F]+)\})?", match =>
        {
            var first = int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var last = match.Groups[3].Success ? int.Parse(match.Groups[3].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : first;
            return first > 0xFFFF ? "" : $"\\u{first:X4}-\\u{Math.Min(last, 0xFFFF):X4}";
        });
        return new Regex(pattern, RegexOptions.CultureInvariant);
    }
}
