using System.Globalization;
using System.Text;
using Plumbline.Reporting;

namespace Plumbline.Learning.Evaluation;

/// <summary>Macro-F1 on valid over the number of rows fitted on.</summary>
internal static class LearningCurvePicture
{
    public static Picture Draw(string name, string title, IReadOnlyList<LearningCurvePoint> points)
    {
        var svg = new Markup();
        var plot = new Plot(60, 10, 320, 240);
        var rows = ValueAxis.OfCounts(points.Max(point => point.Rows));
        var values = ValueAxis.Of(points.Select(point => point.MacroF1));
        plot.WriteAxes(svg, "rows of train", [.. rows.Ticks.Select(tick => tick with { Text = Quantity.Short(tick.Position * rows.High) })], "macro-F1 on valid", values.Ticks);
        var path = new StringBuilder();
        foreach (var point in points)
            path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : 'L')}{plot.X(rows.Place(point.Rows)):0.#} {plot.Y(values.Place(point.MacroF1)):0.#}");
        svg.Write($"""<path class="curve c0" d="{path.ToString()}"/>""");
        foreach (var point in points)
            svg.Write($"""<circle class="dot" cx="{plot.X(rows.Place(point.Rows))}" cy="{plot.Y(values.Place(point.MacroF1))}" r="3.5"/>""");
        var reached = points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.MacroF1:0.0000} with {point.Rows:#,0}"));
        return new Picture(name, title, $"Macro-F1 on valid over rows of train: {string.Join(", ", reached)}.", 400, plot.Bottom + 44, svg);
    }
}
