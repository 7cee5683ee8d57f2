using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Registry.Comparisons;

/// <summary>Draws scores with their 95 % intervals, two models a score, on one axis from 0 to 1.</summary>
internal static class IntervalPicture
{
    private const double Width = 460;
    private const double RowHeight = 34;
    private const double Left = 130;
    private const double Room = 240;

    public static Picture Draw(ModelComparison comparison, IReadOnlyList<ComparedMetric> metrics)
    {
        var svg = new Markup();
        var top = ChartLegend.Write(svg, [comparison.First, comparison.Second], 0, Width);
        foreach (var (row, metric) in metrics.Index())
        {
            var y = top + (row * RowHeight);
            svg.Write($"""<text x="{Left - 8}" y="{y + 21}" text-anchor="end">{metric.Name}</text>""");
            svg.Write($"""<rect class="track" x="{Left}" y="{y + 4}" width="{Room}" height="{RowHeight - 8}"/>""");
            Write(svg, metric.First, 0, y + 9);
            Write(svg, metric.Second, 1, y + 21);
        }
        var described = string.Join("; ", metrics.Select(metric => FormattableString.Invariant($"{metric.Name} {metric.First?.Value:f4} and {metric.Second?.Value:f4}")));
        return new Picture("intervals", "Scores with 95 % intervals", described, Width, top + (Math.Max(1, metrics.Count) * RowHeight), svg);
    }

    private static void Write(Markup svg, Estimate? score, int model, double y)
    {
        if (score is null || double.IsNaN(score.Value))
            return;
        var at = Left + (Math.Clamp(score.Value, 0, 1) * Room);
        if (!double.IsNaN(score.Low))
        {
            var (from, to) = (Left + (Math.Clamp(score.Low, 0, 1) * Room), Left + (Math.Clamp(score.High, 0, 1) * Room));
            svg.Write($"""<rect class="{ChartLegend.Style(model)} soft" x="{from}" y="{y - 3}" width="{to - from}" height="6"/>""");
        }
        svg.Write($"""<rect class="{ChartLegend.Style(model)}" x="{at - 1.5}" y="{y - 5}" width="3" height="10"/>""");
        svg.Write($"""<text class="tick" x="{Left + Room + 8}" y="{y + 4}">{score.Value:0.0000}</text>""");
    }
}
