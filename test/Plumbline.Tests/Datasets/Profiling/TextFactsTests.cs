using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets.Profiling;
using Plumbline.Tests.Text;
using Plumbline.Text;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed class TextFactsTests
{
    [Property(Arbitrary = [typeof(MixedTexts)], MaxTest = 1000)]
    public void Of_AnyText_EqualsNaive(MixedText text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text.Decoded);
        var runes = text.Decoded.EnumerateRunes().ToArray();
        var facts = TextFacts.Of(utf8);
        facts.Characters.ShouldBe(runes.Length);
        facts.Words.ShouldBe(NaiveText.Tokens(utf8).Count);
        var scripts = runes.Select(rune => Script.Of(rune).Script).Where(script => script != Script.None).CountBy(script => script).ToArray();
        facts.Script.ShouldBe(scripts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Select(pair => pair.Key).FirstOrDefault(Script.None));
        facts.Marks.HasFlag(TextMarks.ReplacementCharacter).ShouldBe(runes.Contains(Rune.ReplacementChar));
        facts.Marks.HasFlag(TextMarks.ControlCharacter).ShouldBe(runes.Any(rune => Rune.IsControl(rune) && rune.Value is not ('\t' or '\n' or '\r' or 0x85)));
    }

    [Theory]
    [InlineData("Hello world", "Latin")]
    [InlineData("Übergrößenträger ist ein Wort", "Latin")]
    [InlineData("Привет, OK", "Cyrillic")]
    [InlineData("Ωραία", "Greek")]
    [InlineData("مرحبا", "Arabic")]
    [InlineData("漢字と", "Han")]
    [InlineData("これはとても良い本です", "Hiragana")]
    [InlineData("한국어", "Hangul")]
    [InlineData("12345 !!! 😀", "none")]
    [InlineData("𐐀𐐀 a", "other")]
    public void Of_Letters_FindsTheScriptOfMost(string text, string script) => Script.Names[Of(text).Script].ShouldBe(script);

    [Theory]
    [InlineData("CafÃ© au lait", true)]
    [InlineData("itâ€™s", true)]
    [InlineData("â€œquotedâ€\u009D", true)]
    [InlineData("Â£5 and Â½", true)]
    [InlineData("a smile ðŸ˜€", true)]
    [InlineData("ÐŸÑ€Ð¸Ð²ÐµÑ‚", true)]
    [InlineData("it鈥檚", true)]
    [InlineData("Ã©", true)]
    [InlineData("Café, señor, à la «mode», naïve – “yes”", false)]
    [InlineData("MAÑANA, «AMANHÃ»", false)]
    [InlineData("Þórður Ðð å æ ø", false)]
    [InlineData("Nous allons à… “Paris”", false)]
    [InlineData("Ã", false)]
    [InlineData("普通话很好", false)]
    [InlineData("plain", false)]
    public void Of_Mojibake_IsMarked(string text, bool expected) => Of(text).Marks.HasFlag(TextMarks.Mojibake).ShouldBe(expected);

    [Theory]
    [InlineData("line<br />line", true)]
    [InlineData("<p>One</p>", true)]
    [InlineData("""see <a href="x">this</a>""", true)]
    [InlineData("<!-- hidden -->", true)]
    [InlineData("Tom &amp; Jerry", true)]
    [InlineData("it&#39;s", true)]
    [InlineData("I <3 this & that", false)]
    [InlineData("a < b and c > d; R&D; x<y", false)]
    [InlineData("<not closed", false)]
    [InlineData("&", false)]
    [InlineData("<", false)]
    public void Of_Markup_IsMarked(string text, bool expected) => Of(text).Marks.HasFlag(TextMarks.Markup).ShouldBe(expected);

    [Theory]
    [InlineData("see http://example.com", true)]
    [InlineData("HTTPS://EXAMPLE.COM", true)]
    [InlineData("www.example.com", true)]
    [InlineData("ftp://x and https: //", false)]
    [InlineData("ratio 3:2", false)]
    public void Of_Link_IsMarked(string text, bool expected) => Of(text).Marks.HasFlag(TextMarks.Link).ShouldBe(expected);

    private static TextFacts Of(string text) => TextFacts.Of(Encoding.UTF8.GetBytes(text));
}
