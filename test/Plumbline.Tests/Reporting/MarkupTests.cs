using Plumbline.Reporting;

namespace Plumbline.Tests.Reporting;

public sealed class MarkupTests
{
    [Theory]
    [InlineData("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;")]
    [InlineData("a\0b\u001Bc\u0085d", "a\uFFFDb\uFFFDc d")]
    [InlineData("\u202Etxt.exe", "[U+202E]txt.exe")]
    [InlineData("\u2067\u200F\u061C", "[U+2067][U+200F][U+061C]")]
    [InlineData("line\nbreak\ttab", "line break tab")]
    [InlineData("\uFFFF", "\uFFFD")]
    [InlineData("👩‍🚀 שלום", "👩‍🚀 שלום")]
    [InlineData(null, "")]
    public void Write_TextInMarkup_IsEscaped(string? text, string expected)
    {
        var markup = new Markup();
        markup.Write($"<i>{text}</i>");
        markup.ToString().ShouldBe($"<i>{expected}</i>\n");
    }

    // Not an InlineData, because attributes are stored as UTF-8.
    [Fact]
    public void Write_LoneSurrogate_IsReplaced()
    {
        var markup = new Markup();
        markup.Write($"{"\ud83d alone"}");
        markup.ToString().ShouldBe("\uFFFD alone\n");
    }

    [Fact]
    public void Write_Numbers_AreInvariantAndShort()
    {
        var markup = new Markup();
        markup.Write($"{1.0 / 3} {0.25:0.0%} {12345:#,0} {double.NaN:0.000} {1e-9}");
        markup.ToString().ShouldBe("0.33 25.0% 12,345 – 0\n");
    }

    [Fact]
    public void Write_MarkupInMarkup_IsKept()
    {
        var inner = new Markup();
        inner.Write($"<b>{"&"}</b>");
        var outer = new Markup();
        outer.Write($"<i>{inner}</i>");
        outer.ToString().ShouldBe("<i><b>&amp;</b>\n</i>\n");
    }
}
