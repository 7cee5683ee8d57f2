using System.Globalization;
using System.Text;
using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>ROC or precision-recall curves: the mean over classes, and each class where there are few.</summary>
internal static class CurvePicture
{
    private const int Colours = 5;

    public static Picture DrawRoc(string name, string title, ClassificationReport report) => Draw(
        name,
        title,
        "false positive rate",
        "true positive rate",
        [("mean of classes", report.MacroRocAuc, report.MacroRocCurve), .. report.Classes.Select(scores => (scores.Label, scores.RocAuc, scores.RocCurve))],
        withDiagonal: true);

    public static Picture DrawPrecisionRecall(string name, string title, ClassificationReport report) => Draw(
        name,
        title,
        "recall",
        "precision",
        [("mean of classes", report.MacroPrAuc, report.MacroPrCurve), .. report.Classes.Select(scores => (scores.Label, scores.PrAuc, scores.PrCurve))],
        withDiagonal: false);

    private static Picture Draw(
        string name, string title, string xTitle, string yTitle, (string Label, double Area, Curve? Curve)[] curves, bool withDiagonal)
    {
        var plot = new Plot(48, 10, 340, 300);
        var svg = new Markup();
        plot.WriteAxes(svg, xTitle, yTitle);
        if (withDiagonal)
            plot.WriteDiagonal(svg);
        var legend = plot.Bottom + 58;
        // The mean is drawn last, on top of its classes, but listed first.
        var drawn = curves.Index().Where(item => item.Item.Curve is not null).ToArray();
        foreach (var (index, (_, _, curve)) in drawn.Reverse())
            svg.Write($"""<path class="curve {Style(index)}" d="{Path(plot, curve!)}"/>""");
        foreach (var (line, (index, (label, area, _))) in drawn.Index())
        {
            var (x, y) = (8 + (line % 2 * 196), legend + (line / 2 * 20));
            svg.Write($"""<path class="curve {Style(index)}" d="M{x} {y - 4}h30"/>""");
            svg.Write($"""<text x="{x + 36}" y="{y}">{Picture.Fit(label, 116)} {area:0.000}</text>""");
        }
        var areas = drawn.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Item.Label} {item.Item.Area:0.000}"));
        var description = $"{yTitle} over {xTitle}. Areas: {string.Join(", ", areas)}.";
        return new Picture(name, title, description, 400, legend + ((drawn.Length + 1) / 2 * 20) - 10, svg);
    }

    /// <summary>Ten classes are told apart by five colours, solid and then dashed.</summary>
    private static string Style(int index) => index == 0 ? "mean" : $"c{(index - 1) % Colours}{(index > Colours ? " dashed" : "")}";

    private static string Path(Plot plot, Curve curve)
    {
        var path = new StringBuilder();
        for (var i = 0; i < curve.X.Length; i++)
            path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{plot.X(curve.X[i]):0.#} {plot.Y(curve.Y[i]):0.#}");
        return path.ToString();
    }
}
