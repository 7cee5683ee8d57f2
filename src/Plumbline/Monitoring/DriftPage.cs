using System.Globalization;
using Plumbline.Reporting;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Monitoring;

/// <summary>Shows a <see cref="DriftReport"/> as one HTML page that needs nothing else: no request, no script, pictures inline. The same report gives the same bytes. Thread-safe.</summary>
public static class DriftPage
{
    private const int MostHistograms = 8;
    private const int MostRows = 20;

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(DriftReport report)
    {
        var html = new Markup();
        WriteHead(html, $"{report.Version}: drift");
        html.Write($"""<header><h1 dir="auto">{report.Version}: drift</h1>""");
        WriteSummary(html, report);
        html.Write($"</header><main>");
        WriteFeatures(html, report);
        WritePeriods(html, report);
        if (report.Text is { } text)
            WriteText(html, text);
        if (report.DataQuality.Count > 0)
            WriteDataQuality(html, report.DataQuality);
        if (report.Examples is { Count: > 0 } examples)
            WriteExamples(html, examples);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteSummary(Markup html, DriftReport report)
    {
        var moved = report.Features.Count(feature => feature.Severity != DriftSeverity.None);
        html.Write($"<p>{Quantity.Count(report.Requests)} requests from {Minute(report.From)} to {Minute(report.Until)} UTC{(report.Where is null ? "" : $", where {report.Where},")} beside {report.Reference} ({Quantity.Count(report.ReferenceRows)} rows).</p>");
        html.Write($"""<dl class="tiles">""");
        WriteTile("Decision", report.Decision.Action.ToString().ToLowerInvariant(), $"profile {report.Profile}");
        WriteTile("Moved", Quantity.Count(moved), $"of {report.Features.Count} distributions");
        WriteTile("Inputs", Psi(report.InputDrift), "largest PSI of what moved");
        WriteTile("Answers", Psi(report.OutputDrift), "largest PSI of what moved");
        if (report.Text is { } text)
            WriteTile("Told apart", text.Auc.ToString("0.00", CultureInfo.InvariantCulture), "AUC; 0.5 is not at all");
        html.Write($"</dl><ul>");
        foreach (var why in report.Decision.Why)
            html.Write($"<li><bdi>{why}</bdi></li>");
        html.Write($"</ul>");
        WriteNavigation(html, Sections(report));

        void WriteTile(string name, string value, string hint) =>
            html.Write($"""<div><dt>{name}</dt><dd><strong>{value}</strong><span class="quiet">{hint}</span></dd></div>""");
    }

    private static IEnumerable<(string Id, string Name)> Sections(DriftReport report)
    {
        yield return ("features", "What moved");
        yield return ("time", "Over time");
        if (report.Text is not null)
            yield return ("words", "Words");
        if (report.DataQuality.Count > 0)
            yield return ("data", "Data quality");
        if (report.Examples is { Count: > 0 })
            yield return ("examples", "Examples");
    }

    private static void WriteFeatures(Markup html, DriftReport report)
    {
        html.Write($"""<section aria-labelledby="features"><h2 id="features">What moved</h2><div class="figures">""");
        foreach (var (index, feature) in report.Features.Where(feature => feature.Bins.Count > 0).Take(MostHistograms).Index())
            WriteFigure(html, DriftPictures.Histogram($"feature-{index}", feature));
        html.Write($"</div>");
        OpenTable(html, "All distributions", "Distribution", "Of", "Moved", "#PSI", "#p, corrected", "#KS", "#Wasserstein", "#Jensen–Shannon", "#Missing before", "#now");
        foreach (var feature in report.Features)
        {
            html.Write($"""<tr><th scope="row" dir="auto">{feature.Name}</th><td>{feature.Kind.ToString().ToLowerInvariant()}</td><td>{feature.Severity.ToString().ToLowerInvariant()}</td><td class="n">{Psi(feature.Psi)}</td>""");
            html.Write($"""<td class="n">{Chance(feature.AdjustedPValue)}</td><td class="n">{feature.KolmogorovSmirnov:0.000}</td><td class="n">{feature.Wasserstein:0.000}</td><td class="n">{feature.JensenShannon:0.000}</td>""");
            html.Write($"""<td class="n">{Quantity.Share(feature.MissingBefore, 1)}</td><td class="n">{Quantity.Share(feature.MissingNow, 1)}</td></tr>""");
        }
        CloseTable(html);
        html.Write($"""<p class="quiet">PSI without its bias; p after correction for all distributions together; Wasserstein in standard deviations of the reference. Moved: by more than chance explains, and small to 0.1, moderate to 0.2, large beyond.</p></section>""");
    }

    private static void WritePeriods(Markup html, DriftReport report)
    {
        html.Write($"""<section aria-labelledby="time"><h2 id="time">Over time</h2>""");
        if (report.Periods.Count == 0)
            html.Write($"<p>A slice of the prediction log has no periods.</p>");
        else
            WriteFigure(html, DriftPictures.HeatMap(report, MostRows));
        html.Write($"</section>");
    }

    private static void WriteText(Markup html, TextDrift text)
    {
        html.Write($"""<section aria-labelledby="words"><h2 id="words">Words</h2>""");
        html.Write($"<p>A classifier tells sampled requests from the reference's with an AUC of {text.Auc:0.000} (p {Chance(text.AdjustedPValue)}, corrected). Squared maximum mean discrepancy {text.Mmd:0.0000} (p {Chance(text.MmdPValue)}).</p>");
        html.Write($"""<div class="figures">""");
        WriteWords("More frequent now", text.Words.Where(word => word.Score > 0));
        WriteWords("More frequent before", text.Words.Where(word => word.Score < 0));
        OpenTable(html, "Languages", "Language", "#Before", "#Now");
        foreach (var language in text.Languages.Take(MostRows))
            html.Write($"""<tr><th scope="row">{language.Name}</th><td class="n">{Quantity.Share(language.Before, 1)}</td><td class="n">{Quantity.Share(language.Now, 1)}</td></tr>""");
        CloseTable(html);
        html.Write($"</div></section>");

        void WriteWords(string caption, IEnumerable<DriftWord> words)
        {
            OpenTable(html, caption, "Word", "#Before", "#Now");
            foreach (var word in words)
                html.Write($"""<tr><th scope="row" dir="auto">{word.Word ?? "(not kept)"}</th><td class="n">{Quantity.Share(word.Before, 1)}</td><td class="n">{Quantity.Share(word.Now, 1)}</td></tr>""");
            CloseTable(html);
        }
    }

    private static void WriteDataQuality(Markup html, IReadOnlyList<DataFault> faults)
    {
        html.Write($"""<section aria-labelledby="data"><h2 id="data">Data quality</h2>""");
        OpenTable(html, "What kept less than the contract promises", "Feature", "What", "#Requests", "#Share", "#Before", "");
        foreach (var fault in faults)
        {
            html.Write($"""<tr><th scope="row" dir="auto">{fault.Feature}</th><td>{fault.Kind.Replace('_', ' ')}</td><td class="n">{Quantity.Count(fault.Requests)}</td>""");
            html.Write($"""<td class="n">{Quantity.Share(fault.Share, 1)}</td><td class="n">{Quantity.Share(fault.Before, 1)}</td><td>{(fault.IsWorse ? "much more than before" : "")}</td></tr>""");
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static void WriteExamples(Markup html, IReadOnlyList<DriftExample> examples)
    {
        html.Write($"""<section aria-labelledby="examples"><h2 id="examples">Examples</h2><p>Logged predictions that show most what moved; texts only where they are kept.</p>""");
        OpenTable(html, "Logged predictions", "Distribution", "Value", "#Times as frequent", "Prediction", "At, UTC", "Text");
        foreach (var example in examples)
        {
            html.Write($"""<tr><th scope="row" dir="auto">{example.Feature}</th><td dir="auto">{example.Value}</td><td class="n">{example.Ratio:0.0}</td><td class="whole"><code>{example.PredictionId.ToString()}</code></td>""");
            html.Write($"""<td class="whole">{Minute(example.Time)}</td><td class="wide" dir="auto">{example.Text ?? ""}</td></tr>""");
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static string Psi(double psi) => psi.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Chance(double p) => p < 0.001 ? "< 0.001" : p.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
