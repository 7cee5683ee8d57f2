using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Registry.Comparisons;

/// <summary>Shows a <see cref="ModelComparison"/> as one HTML page that needs nothing else. The same comparison gives the same bytes. Thread-safe.</summary>
public static class ComparisonPage
{
    private const int ClassesDrawn = 20;

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(ModelComparison comparison)
    {
        var html = new Markup();
        PageElements.WriteHead(html, $"{comparison.First} and {comparison.Second}");
        html.Write($"""<header><h1 dir="auto">{comparison.First} and {comparison.Second}</h1>""");
        WriteSummary(html, comparison);
        html.Write($"</header><main>");
        WriteMetrics(html, comparison);
        WriteClasses(html, comparison);
        WriteTexts(html, comparison, "Parameters that differ", comparison.Params);
        WriteTexts(html, comparison, "Features that differ", comparison.Features);
        WriteContract(html, comparison);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteSummary(Markup html, ModelComparison comparison)
    {
        if (comparison.Difference is not { } difference)
        {
            html.Write($"<p>There is no difference to tell: {comparison.NoDifference}.</p>");
            return;
        }
        var interval = $"{Signed(difference.Low)} to {Signed(difference.High)}";
        var verdict = difference.Paired is null ? "Other rows may be easier or harder; only the same rows tell which is better beyond noise." : difference.Low > 0 ? $"{comparison.First} is better beyond noise." : difference.High < 0 ? $"{comparison.Second} is better beyond noise." : "Noise alone may make such a difference.";
        html.Write($"<p>Macro-F1 on test differs by {Signed(difference.Difference)} (95 % interval {interval}, {(difference.Paired is null ? "not measured on the same rows" : "paired over the same rows")}). {verdict}</p>");
        if (difference.Paired is { } paired)
            html.Write($"<p>McNemar's test of their mistakes: p = {paired.McNemarP:0.0000}.</p>");
    }

    private static void WriteMetrics(Markup html, ModelComparison comparison)
    {
        html.Write($"""<h2>Scores</h2><div class="figures">""");
        var drawn = comparison.Metrics.Where(metric => metric.First is { } first && !double.IsNaN(first.Low)).ToArray();
        if (drawn.Length > 0)
            PageElements.WriteFigure(html, IntervalPicture.Draw(comparison, drawn));
        html.Write($"</div>");
        PageElements.OpenTable(html, "Metrics", "Metric", $"#{comparison.First}", $"#{comparison.Second}");
        foreach (var metric in comparison.Metrics)
            html.Write($"""<tr><th scope="row">{metric.Name}</th><td class="n">{Text(metric.First)}</td><td class="n">{Text(metric.Second)}</td></tr>""");
        PageElements.CloseTable(html);
    }

    private static void WriteClasses(Markup html, ModelComparison comparison)
    {
        if (comparison.Classes.Count == 0)
            return;
        html.Write($"""<h2>Classes</h2><div class="figures">""");
        PageElements.WriteFigure(html, Gains(comparison));
        html.Write($"</div>");
        PageElements.OpenTable(html, $"Classes on test, of {comparison.First} and of the other, {comparison.Second}", "Class", "#Rows", "#other", "#Precision", "#other", "#Recall", "#other", "#F1", "#other");
        foreach (var compared in comparison.Classes)
        {
            var (first, second) = (compared.First, compared.Second);
            html.Write($"""<tr><th scope="row" dir="auto">{compared.Label}</th><td class="n">{first?.Support ?? 0}</td><td class="n">{second?.Support ?? 0}</td>""");
            foreach (var value in new[] { first?.Precision, second?.Precision, first?.Recall, second?.Recall, first?.F1, second?.F1 })
                html.Write($"""<td class="n">{value ?? double.NaN:0.0000}</td>""");
            html.Write($"</tr>");
        }
        PageElements.CloseTable(html);
    }

    private static Picture Gains(ModelComparison comparison)
    {
        var bars = comparison.Classes.Take(ClassesDrawn).SelectMany(compared => new[] { Bar(compared, compared.First, 0), Bar(compared, compared.Second, 1) }).ToArray();
        return BarChart.Draw("f1", "F1 of classes", "F1 of each class, first and second model", bars, [comparison.First, comparison.Second], 1);

        static Bar Bar(ComparedClass compared, ClassValues? values, int model)
        {
            var f1 = values?.F1 ?? 0;
            return new Bar(model == 0 ? compared.Label : "", values is null ? "–" : f1.ToString("0.00", CultureInfo.InvariantCulture), model == 0 ? [f1] : [0, f1]);
        }
    }

    private static void WriteTexts(Markup html, ModelComparison comparison, string title, IReadOnlyList<ComparedText> texts)
    {
        if (texts.Count == 0)
            return;
        html.Write($"<h2>{title}</h2>");
        PageElements.OpenTable(html, title, "Name", comparison.First, comparison.Second);
        foreach (var text in texts)
            html.Write($"""<tr><th scope="row">{text.Name}</th><td dir="auto">{text.First ?? "–"}</td><td dir="auto">{text.Second ?? "–"}</td></tr>""");
        PageElements.CloseTable(html);
    }

    private static void WriteContract(Markup html, ModelComparison comparison)
    {
        html.Write($"<h2>Contract</h2>");
        if (comparison.ContractBreaks.Count == 0)
        {
            html.Write($"<p>Callers of {comparison.Second} need no change for {comparison.First}.</p>");
            return;
        }
        html.Write($"<p>Callers of {comparison.Second} would have to change for {comparison.First}:</p><ul>");
        foreach (var contractBreak in comparison.ContractBreaks)
            html.Write($"<li>{contractBreak}</li>");
        html.Write($"</ul>");
    }

    private static string Text(Estimate? estimate) => estimate is null ? "–"
        : double.IsNaN(estimate.Low) ? estimate.Value.ToString("0.####", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:f4} ({estimate.Low:f4} – {estimate.High:f4})");

    private static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);
}
