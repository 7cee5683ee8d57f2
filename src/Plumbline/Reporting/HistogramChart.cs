namespace Plumbline.Reporting;

/// <param name="Position">From 0, the left end of the bins, to 1.</param>
internal sealed record AxisTick(double Position, string Text);

/// <summary>Bins side by side; each may be made of parts, one upon another.</summary>
internal static class HistogramChart
{
    private const double Height = 130;

    /// <param name="bins">The parts of each bin, in the order of the legend.</param>
    /// <param name="parts">What the parts are; empty where bins have only one.</param>
    public static Picture Draw(
        string name, string title, string description, IReadOnlyList<IReadOnlyList<double>> bins, IReadOnlyList<string> parts, IReadOnlyList<AxisTick> ticks, double width = 360)
    {
        var svg = new Markup();
        var top = ChartLegend.Write(svg, parts, 0, width);
        WriteBins(svg, bins, top, width, Height, gap: bins.Count > 1 ? 1 : 0);
        var bottom = top + Height;
        svg.Write($"""<path class="axis" d="M0 {bottom}H{width}"/>""");
        foreach (var tick in ticks)
        {
            var anchor = tick.Position < 0.1 ? "start" : tick.Position > 0.9 ? "end" : "middle";
            svg.Write($"""<path class="axis" d="M{tick.Position * width} {bottom}v4"/><text class="tick" x="{tick.Position * width}" y="{bottom + 17}" text-anchor="{anchor}">{tick.Text}</text>""");
        }
        return new Picture(name, title, description, width, bottom + 22, svg);
    }

    /// <summary>Only the shape, small enough for a cell of a table.</summary>
    public static Picture DrawSmall(string name, string title, string description, IReadOnlyList<double> bins)
    {
        const double SmallWidth = 120;
        const double SmallHeight = 28;
        var svg = new Markup();
        WriteBins(svg, [.. bins.Select(bin => new[] { bin })], 0, SmallWidth, SmallHeight, gap: 0.5);
        svg.Write($"""<path class="frame" d="M0 {SmallHeight}H{SmallWidth}"/>""");
        return new Picture(name, title, description, SmallWidth, SmallHeight + 1, svg);
    }

    private static void WriteBins(Markup svg, IReadOnlyList<IReadOnlyList<double>> bins, double top, double width, double height, double gap)
    {
        var most = Math.Max(1e-12, bins.Select(bin => bin.Sum()).DefaultIfEmpty(0).Max());
        var step = width / Math.Max(1, bins.Count);
        foreach (var (index, bin) in bins.Index())
        {
            var y = top + height;
            foreach (var (part, value) in bin.Index())
            {
                if (value <= 0)
                    continue;
                // A bin that is not empty is seen, however small.
                var length = Math.Max(value / most * height, bin.Count == 1 ? 1 : 0);
                y -= length;
                svg.Write($"""<rect class="{ChartLegend.Style(part)}" x="{index * step}" y="{y}" width="{Math.Max(0.5, step - gap)}" height="{length}"/>""");
            }
        }
    }
}
