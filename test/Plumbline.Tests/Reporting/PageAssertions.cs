using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Plumbline.Tests.Reporting;

/// <summary>What holds for every page that is written for people.</summary>
internal static partial class PageAssertions
{
    public static XDocument Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    /// <summary>A page with harmless values has the same elements and attributes: no value became one.</summary>
    public static void ShouldHaveNoMarkupBut(this string html, string harmless)
    {
        html.Where(letter => (char.IsControl(letter) && letter != '\n') || letter is '\u202E' or '\u2066' or '\uFFFE').ShouldBeEmpty();
        var names = Names(Parse(html));
        names.ShouldBeSubsetOf(Names(Parse(harmless)));
        names.ShouldNotContain("script");

        static HashSet<string> Names(XDocument document) => document.Descendants()
            .SelectMany(element => element.Attributes().Select(attribute => $"{element.Name} {attribute.Name}").Prepend(element.Name.LocalName))
            .ToHashSet();
    }

    public static void ShouldAskForNothingOutside(this string html)
    {
        var page = Parse(html);
        page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action")
            .ShouldAllBe(attribute => attribute.Value.StartsWith('#') || (attribute.Parent!.Name == "a" && PageBeside().IsMatch(attribute.Value)));
        page.ToString().ShouldNotContain("url(");
        page.ToString().ShouldNotContain("@import");
        page.ToString().ShouldContain("default-src 'none'");
    }

    public static void ShouldBeAccessible(this string html)
    {
        var elements = Parse(html).Descendants().ToArray();
        var ids = elements.Attributes("id").Select(attribute => attribute.Value).ToArray();
        ids.ShouldBeUnique();
        elements.Attributes("aria-labelledby").SelectMany(attribute => attribute.Value.Split(' ')).ShouldBeSubsetOf(ids);
        elements.Attributes("href").Where(attribute => attribute.Value[0] == '#').Select(attribute => attribute.Value[1..]).ShouldBeSubsetOf(ids);
        elements.Where(element => element.Name == "table").ShouldAllBe(table => table.Elements("caption").Count() == 1);
        elements.Where(element => element.Name == "th").ShouldAllBe(header => header.Attribute("scope") != null);
        elements.Where(element => element.Name == "svg").ShouldAllBe(svg =>
            svg.Attribute("role")!.Value == "img" && svg.Element("title")!.Value.Length > 0 && svg.Element("desc")!.Value.Length > 0);
        // A browser leaves out what follows the first mistake in a path, without a word.
        elements.Where(element => element.Name == "path").ShouldAllBe(path => PathData().IsMatch(path.Attribute("d")!.Value));
        var headings = elements.Select(element => HeadingName().Match(element.Name.LocalName)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        headings[0].ShouldBe(1);
        headings.Zip(headings.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First + 1);
    }

    [GeneratedRegex("^[a-z]+\\.html$")]
    private static partial Regex PageBeside();

    [GeneratedRegex(@"^(?:M-?[\d.]+ -?[\d.]+(?:[LlMm]-?[\d.]+ -?[\d.]+|[HhVv]-?[\d.]+|z)*)$")]
    private static partial Regex PathData();

    [GeneratedRegex("^h([1-6])$")]
    private static partial Regex HeadingName();
}
