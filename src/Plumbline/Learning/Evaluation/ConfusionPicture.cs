using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>
/// Heat map of the confusion matrix: a row a true label, shaded by the square root of the share of that row, and never
/// less than a tint where there is a row at all, so that a few errors show.
/// </summary>
internal static class ConfusionPicture
{
    /// <summary>With more labels, cells are too small for numbers.</summary>
    public const int MaxLabelsWithNumbers = 20;

    public static Picture Draw(string name, string title, ClassificationReport report)
    {
        var labels = report.Classes.Select(scores => Picture.Fit(scores.Label, 120)).ToArray();
        var withNumbers = labels.Length <= MaxLabelsWithNumbers;
        var cell = withNumbers ? Math.Clamp(270.0 / labels.Length, 38, 80) : Math.Max(6, 360.0 / labels.Length);
        var every = (int)Math.Ceiling(18 / cell);
        var labelWidth = labels.Max(Picture.WidthOf);
        var upright = labelWidth < cell - 4;
        var left = labelWidth + 12;
        var top = upright ? 42 : (labelWidth * 0.71) + 34;
        var overhang = upright ? 8 : Math.Max(8, (labelWidth * 0.71) + 12 - (cell / 2));
        var side = cell * labels.Length;

        var svg = new Markup();
        svg.Write($"""<text class="tick" x="0" y="12">rows: true label, columns: predicted</text>""");
        svg.Write($"""<rect class="frame" x="{left}" y="{top}" width="{side}" height="{side}"/>""");
        for (var t = 0; t < labels.Length; t++)
        {
            if (t % every == 0)
            {
                var middle = left + ((t + 0.5) * cell);
                svg.Write($"""<text x="{left - 6}" y="{top + ((t + 0.5) * cell) + 4}" text-anchor="end">{labels[t]}</text>""");
                if (upright)
                    svg.Write($"""<text x="{middle}" y="{top - 8}" text-anchor="middle">{labels[t]}</text>""");
                else
                    svg.Write($"""<text transform="translate({middle + 3} {top - 6}) rotate(-45)">{labels[t]}</text>""");
            }
            for (var p = 0; p < labels.Length; p++)
                WriteCell(svg, report, t, p, left + (p * cell), top + (t * cell), cell, withNumbers);
        }
        return new Picture(name, title, Describe(report), Math.Max(240, left + side + overhang), top + side + 8, svg);
    }

    private static void WriteCell(Markup svg, ClassificationReport report, int truth, int predicted, double x, double y, double cell, bool withNumber)
    {
        var rows = report.ConfusionMatrix[truth][predicted];
        if (rows == 0 && !withNumber)
            return;
        var share = (double)rows / Math.Max(1, report.Classes[truth].Support);
        var depth = rows == 0 ? 0 : 0.1 + (0.9 * Math.Sqrt(share));
        svg.Write($"""
            <rect class="{(withNumber ? "heat edged" : "heat")}" x="{x}" y="{y}" width="{cell}" height="{cell}" fill-opacity="{depth:0.###}">
            <title>{report.Classes[truth].Label} as {report.Classes[predicted].Label}: {rows:#,0} rows, {share:0.0%}</title></rect>
            """);
        if (!withNumber)
            return;
        var (middle, baseline) = (x + (cell / 2), y + (cell / 2) + 4);
        svg.Write($"""<text class="{(truth == predicted ? "hit" : "miss")}" x="{middle}" y="{baseline}" text-anchor="middle">{Short(rows)}</text>""");
    }

    /// <summary>Five characters at most: 9999, 12.3k, 123k, 1.2M.</summary>
    private static string Short(int rows) => rows switch
    {
        < 10_000 => rows.ToString(CultureInfo.InvariantCulture),
        < 100_000 => (rows / 1e3).ToString("0.0k", CultureInfo.InvariantCulture),
        < 1_000_000 => (rows / 1e3).ToString("0k", CultureInfo.InvariantCulture),
        _ => (rows / 1e6).ToString("0.0M", CultureInfo.InvariantCulture),
    };

    private static string Describe(ClassificationReport report)
    {
        var recalls = report.Classes.Where(scores => scores.Support > 0).OrderBy(scores => scores.Recall).ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Heat map of {report.Classes.Length} true by {report.Classes.Length} predicted labels. Right: from {recalls[0].Recall:0%} of
            {recalls[0].Label} to {recalls[^1].Recall:0%} of {recalls[^1].Label}. The table of confused pairs gives the numbers.
            """);
    }
}
