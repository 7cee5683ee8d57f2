using System.Text;
using FsCheck.Xunit;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed class TokenRewriterTests
{
    [Theory]
    [InlineData("see http://a.b/c?d=1&e now", "see|url|now")]
    [InlineData("WWW.SHOP.COM", "url")]
    [InlineData("https://x", "url")]
    [InlineData("xhttp://a.b", "xhttp|a|b")]
    [InlineData("<www.a.b>", "url")]
    [InlineData("wwwx", "wwwx")]
    public void Urls_KnownText_OneToken(string text, string tokens) => Tokens(new TokenOptions(Urls: true), text).ShouldBe(tokens);

    [Theory]
    [InlineData("12 345 a1b22c", "0|0|a0b0c")]
    [InlineData("3.50", "0|0")]
    [InlineData("٣٤٥x", "0x")]
    [InlineData("1111111112", "0")]
    public void Numbers_KnownText_Zero(string text, string tokens) => Tokens(new TokenOptions(Numbers: true), text).ShouldBe(tokens);

    [Theory]
    [InlineData("soooo gooood", "soo|good")]
    [InlineData("NOOO!!!", "noo|!|!|!")]
    [InlineData("ддда éééé", "дда|éé")]
    [InlineData("1000", "1000")]
    [InlineData("see", "see")]
    public void RepeatedLetters_KnownText_Two(string text, string tokens) => Tokens(new TokenOptions(RepeatedLetters: true), text).ShouldBe(tokens);

    [Theory]
    [InlineData("don't isn't", "do|not|is|not")]
    [InlineData("DON'T!", "do|not|!")]
    [InlineData("n't", "n|t")]
    [InlineData("don'tx", "don|tx")]
    [InlineData("it's", "it|s")]
    public void Contractions_KnownText_Not(string text, string tokens) => Tokens(new TokenOptions(Contractions: true), text).ShouldBe(tokens);

    [Theory]
    [InlineData("not good at all. fine", "not|not_good|not_at|not_all|fine")]
    [InlineData("never, ever", "never|ever")]
    [InlineData("good", "good")]
    [InlineData("no no good", "no|no|not_good")]
    [InlineData("don't like", "don|not_t|not_like")]
    public void NegationScope_KnownText_PrefixedToTheEndOfTheClause(string text, string tokens) =>
        Tokens(new TokenOptions(NegationScope: true), text).ShouldBe(tokens);

    [Fact]
    public void NegationScopeAndContractions_KnownText_Both() =>
        Tokens(new TokenOptions(Contractions: true, NegationScope: true), "I don't like it; fine").ShouldBe("i|do|not|not_like|not_it|fine");

    [Property(MaxTest = 500, Arbitrary = [typeof(MixedTexts)])]
    public void Rewrite_AnyTextAndOptions_TokensHoldOnlyTokenCharacters(MixedText text, bool urls, bool numbers, bool letters, bool contractions, bool scope)
    {
        var options = new TokenOptions(urls, numbers, letters, contractions, scope);
        var tokens = new Tokenizer(options).Tokens(text.Utf8);
        // Read again with default options, each token is one token still.
        foreach (var token in tokens)
            NaiveText.Tokens(Encoding.UTF8.GetBytes(token)).ShouldBe([token]);
        if (options.IsOnnxExpressible)
            tokens.ShouldBe(NaiveText.Tokens(text.Utf8));
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(MixedTexts)])]
    public void RepeatedLetters_AnyText_NoLetterThriceAndNothingElseChanged(MixedText text)
    {
        var tokens = new Tokenizer(new TokenOptions(RepeatedLetters: true)).Tokens(text.Utf8);
        tokens.ShouldBe(NaiveText.Tokens(text.Utf8).Select(Shortened));
    }

    [Fact]
    public void Rewrite_LongRunsOfDigitsAndLetters_EndsSoon()
    {
        // Once quadratic in the length of a run.
        var text = Encoding.UTF8.GetBytes(new string('1', 1 << 20) + new string('a', 1 << 20));
        new Tokenizer(new TokenOptions(Numbers: true, RepeatedLetters: true)).Tokens(text).ShouldBe(["0aa"]);
    }

    private static string Shortened(string token)
    {
        var result = new List<Rune>();
        foreach (var rune in token.EnumerateRunes())
        {
            if (result.Count < 2 || result[^1] != rune || result[^2] != rune || !Rune.IsLetter(rune))
                result.Add(rune);
        }
        return string.Concat(result);
    }

    private static string Tokens(TokenOptions options, string text) => string.Join('|', new Tokenizer(options).Tokens(Encoding.UTF8.GetBytes(text)));
}
