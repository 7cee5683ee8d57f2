using System.Globalization;
using System.Text.RegularExpressions;
using Plumbline.Reporting;

namespace Plumbline.Tests.Reporting;

public sealed partial class PageStyleTests
{
    [Theory]
    [InlineData("ink", "ground", 4.5)]
    [InlineData("ink", "raised", 4.5)]
    [InlineData("ink", "heat", 4.5)]
    [InlineData("quiet", "ground", 4.5)]
    [InlineData("quiet", "raised", 4.5)]
    [InlineData("link", "ground", 4.5)]
    [InlineData("accent", "ground", 3)]
    [InlineData("accent", "raised", 3)]
    [InlineData("mark", "ground", 3)]
    [InlineData("c0", "ground", 4.5)]
    [InlineData("c1", "ground", 4.5)]
    [InlineData("c2", "ground", 4.5)]
    [InlineData("c3", "ground", 4.5)]
    [InlineData("c4", "ground", 4.5)]
    public void Colours_LightAndDark_ContrastEnough(string front, string back, double least)
    {
        var schemes = PageStyle.Colours.ToString().Split("@media");
        schemes.Length.ShouldBe(2);
        foreach (var scheme in schemes)
        {
            var colours = Declaration().Matches(scheme).ToDictionary(match => match.Groups[1].Value, match => Luminance(match.Groups[2].Value));
            var (a, b) = (colours[front], colours[back]);
            ((Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05)).ShouldBeGreaterThanOrEqualTo(least);
        }
    }

    /// <summary>Relative luminance of WCAG 2.2.</summary>
    private static double Luminance(string hex)
    {
        var rgb = int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (0.2126 * Linear(rgb >> 16)) + (0.7152 * Linear((rgb >> 8) & 255)) + (0.0722 * Linear(rgb & 255));

        static double Linear(int channel) =>
            channel / 255.0 is var value && value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    [GeneratedRegex("--([a-z0-9]+): #([0-9a-f]{6});")]
    private static partial Regex Declaration();
}
