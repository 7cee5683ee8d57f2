using System.Globalization;

namespace Plumbline.Reporting;

/// <summary>A plot whose both axes go from 0 to 1, at a place in a picture; ticks say what those places mean.</summary>
internal sealed record Plot(double Left, double Top, double Width, double Height)
{
    private static readonly AxisTick[] Tenths = [.. Enumerable.Range(0, 6).Select(tick => new AxisTick(tick / 5.0, (tick / 5.0).ToString("0.0", CultureInfo.InvariantCulture)))];

    public double Bottom => Top + Height;

    public double X(double place) => Left + (place * Width);

    public double Y(double place) => Bottom - (place * Height);

    /// <summary>Axes whose places are their values.</summary>
    public void WriteAxes(Markup svg, string xTitle, string yTitle) => WriteAxes(svg, xTitle, Tenths, yTitle, Tenths);

    public void WriteAxes(Markup svg, string xTitle, IReadOnlyList<AxisTick> xTicks, string yTitle, IReadOnlyList<AxisTick> yTicks)
    {
        var widest = yTicks.Select(tick => Picture.WidthOf(tick.Text)).DefaultIfEmpty(0).Max();
        foreach (var tick in yTicks)
        {
            svg.Write($"""<path class="grid" d="M{X(0)} {Y(tick.Position)}H{X(1)}"/>""");
            svg.Write($"""<text class="tick" x="{X(0) - 6}" y="{Y(tick.Position) + 4}" text-anchor="end">{tick.Text}</text>""");
        }
        foreach (var tick in xTicks)
        {
            svg.Write($"""<path class="grid" d="M{X(tick.Position)} {Y(0)}V{Y(1)}"/>""");
            svg.Write($"""<text class="tick" x="{X(tick.Position)}" y="{Y(0) + 16}" text-anchor="middle">{tick.Text}</text>""");
        }
        svg.Write($"""<text x="{X(0.5)}" y="{Y(0) + 34}" text-anchor="middle">{xTitle}</text>""");
        svg.Write($"""<text transform="translate({X(0) - Math.Max(34, 12 + (0.9 * widest))} {Y(0.5)}) rotate(-90)" text-anchor="middle">{yTitle}</text>""");
    }

    /// <summary>From corner to corner: chance in a ROC plot, perfection in a reliability diagram.</summary>
    public void WriteDiagonal(Markup svg) => svg.Write($"""<path class="diagonal" d="M{X(0)} {Y(0)}L{X(1)} {Y(1)}"/>""");
}
