namespace Plumbline.Reporting;

/// <param name="Number">What stands behind the bar.</param>
/// <param name="Parts">Lengths of what the bar is made of, in the order of the legend.</param>
internal sealed record Bar(string Name, string Number, IReadOnlyList<double> Parts)
{
    public Bar(string name, string number, double value)
        : this(name, number, [value])
    {
    }

    public double Total => Parts.Sum();
}

/// <summary>Horizontal bars with a name before and a number behind each; a bar may be made of parts.</summary>
internal static class BarChart
{
    private const double RowHeight = 22;
    private const double Width = 360;
    private const double WidestName = 130;

    /// <param name="parts">What the parts of all bars are; empty where bars have only one.</param>
    /// <param name="longest">Value at full length; the largest bar's where it is 0.</param>
    public static Picture Draw(string name, string title, string description, IReadOnlyList<Bar> bars, IReadOnlyList<string> parts, double longest = 0)
    {
        var svg = new Markup();
        var top = ChartLegend.Write(svg, parts, 0, Width);
        var names = bars.Select(bar => Picture.Fit(bar.Name, WidestName)).ToArray();
        var left = names.Select(Picture.WidthOf).DefaultIfEmpty(0).Max() + 10;
        var room = Width - left - bars.Select(bar => Picture.WidthOf(bar.Number)).DefaultIfEmpty(0).Max() - 8;
        longest = longest > 0 ? longest : Math.Max(1e-9, bars.Select(bar => bar.Total).DefaultIfEmpty(0).Max());
        foreach (var (row, bar) in bars.Index())
        {
            var y = top + (row * RowHeight);
            svg.Write($"""<text x="{left - 6}" y="{y + 15}" text-anchor="end">{names[row]}<title>{bar.Name}</title></text>""");
            svg.Write($"""<rect class="track" x="{left}" y="{y + 4}" width="{room}" height="14"/>""");
            var x = left;
            foreach (var (part, value) in bar.Parts.Index())
            {
                var width = Math.Clamp(value / longest, 0, 1) * room;
                if (value > 0)
                    svg.Write($"""<rect class="{ChartLegend.Style(part)}" x="{x}" y="{y + 4}" width="{width}" height="14"/>""");
                x += width;
            }
            svg.Write($"""<text x="{left + room + 6}" y="{y + 15}">{bar.Number}</text>""");
        }
        return new Picture(name, title, description, Width, top + (Math.Max(1, bars.Count) * RowHeight), svg);
    }
}
