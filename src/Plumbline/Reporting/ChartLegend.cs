namespace Plumbline.Reporting;

/// <summary>Says which colour is what in a chart: five colours, then grey for what is left.</summary>
internal static class ChartLegend
{
    /// <summary>How many parts have colours of their own.</summary>
    public const int Colours = 5;

    private const double LineHeight = 20;

    /// <summary>The style of part <paramref name="part"/>.</summary>
    public static string Style(int part) => part < Colours ? $"f{part}" : "f5";

    /// <returns>Height of what was written; 0 where one part explains itself.</returns>
    public static double Write(Markup svg, IReadOnlyList<string> parts, double top, double width)
    {
        if (parts.Count < 2)
            return 0;
        double x = 0, y = top;
        foreach (var (part, name) in parts.Index())
        {
            var shown = Picture.Fit(name, width - 30);
            var needed = 18 + Picture.WidthOf(shown) + 14;
            if (x > 0 && x + needed > width)
                (x, y) = (0, y + LineHeight);
            svg.Write($"""<rect class="{Style(part)}" x="{x}" y="{y + 4}" width="12" height="12"/><text x="{x + 18}" y="{y + 14}">{shown}</text>""");
            x += needed;
        }
        return y + LineHeight + 4 - top;
    }
}
