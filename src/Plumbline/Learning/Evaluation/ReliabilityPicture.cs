using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>Reliability diagram: accuracy over confidence, and below it how many rows have which confidence.</summary>
internal static class ReliabilityPicture
{
    public static Picture Draw(string name, string title, IReadOnlyList<ReliabilityBin> bins, double error)
    {
        var plot = new Plot(48, 10, 340, 260);
        var histogram = new Plot(48, 330, 340, 60);
        var most = Math.Max(1, bins.Max(bin => bin.Rows));
        var svg = new Markup();
        plot.WriteAxes(svg, "confidence", "accuracy");
        foreach (var bin in bins.Where(bin => bin.Rows > 0))
        {
            var (x, width) = (plot.X(bin.From) + 1, ((bin.To - bin.From) * plot.Width) - 2);
            var label = string.Create(
                CultureInfo.InvariantCulture,
                $"{bin.From:0.00} to {bin.To:0.00}: {bin.Rows:#,0} rows, mean confidence {bin.Confidence:0.000}, accuracy {bin.Accuracy:0.000}");
            WriteBar(svg, "bar soft", x, width, plot.Bottom, bin.Accuracy * plot.Height, label);
            svg.Write($"""<circle class="dot" cx="{plot.X(bin.Confidence)}" cy="{plot.Y(bin.Accuracy)}" r="3.5"/>""");
            WriteBar(svg, "bar", x, width, histogram.Bottom, (double)bin.Rows / most * histogram.Height, label);
        }
        plot.WriteDiagonal(svg);
        svg.Write($"""<path class="axis" d="M{histogram.Left} {histogram.Bottom}h{histogram.Width}"/>""");
        svg.Write($"""
            <text class="tick" x="{histogram.Left}" y="{histogram.Bottom + 16}">
            rows of each confidence, at most {Quantity.Share(most, bins.Sum(bin => (long)bin.Rows))} in one bin</text>
            """);
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Accuracy over confidence in {bins.Count} bins; on the dashed diagonal a model is as often right as it claims.
            Expected calibration error {error:0.0000}.
            """);
        return new Picture(name, title, description, 400, histogram.Bottom + 22, svg);
    }

    private static void WriteBar(Markup svg, string style, double x, double width, double bottom, double height, string label) =>
        svg.Write($"""<rect class="{style}" x="{x}" y="{bottom - height}" width="{width}" height="{height}"><title>{label}</title></rect>""");
}
