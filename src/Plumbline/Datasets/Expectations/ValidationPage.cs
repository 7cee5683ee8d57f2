using System.Globalization;
using Plumbline.Reporting;

namespace Plumbline.Datasets.Expectations;

/// <summary>
/// Shows a validation as one HTML page that needs nothing else: no request, no script, pictures inline. The same report gives the same bytes. Thread-safe.
/// </summary>
internal static class ValidationPage
{
    private const int ShownValues = 10;
    private const int ShownBars = 20;

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(ValidationReport report)
    {
        var (result, meta) = (report.Result, report.Result.Meta);
        var html = new Markup();
        PageElements.WriteHead(html, $"{meta.DataSet}: validation");
        html.Write($"""<header><h1 dir="auto">{Path.GetFileName(meta.DataSet)}: {Verdict(result)}</h1>""");
        WriteSummary(html, report);
        html.Write($"</header><main>");
        WriteUnmet(html, result);
        WriteBars(html, result);
        WriteComparisons(html, report);
        WriteAll(html, result);
        WriteFacts(html, meta);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static string Verdict(ValidationResult result) =>
        !result.Success ? "expectations failed" : result.Statistics.WarnedExpectations > 0 ? "passed with warnings" : "as expected";

    private static void WriteSummary(Markup html, ValidationReport report)
    {
        var (result, meta, statistics) = (report.Result, report.Result.Meta, report.Result.Statistics);
        if (!result.Success)
            html.Write($"<p><strong>Nothing was published: an expectation of severity fail is not met.</strong></p>");
        html.Write($"""<dl class="tiles">""");
        WriteTile(html, "Records", meta.Rows, "read");
        WriteTile(html, "Left out", meta.LeftOut, "in quarantine.parquet, with the reason");
        WriteTile(html, "Failed", statistics.FailedExpectations, "of severity fail");
        WriteTile(html, "Warned", statistics.WarnedExpectations, "of severity warn");
        WriteTile(html, "Met", statistics.SuccessfulExpectations - statistics.SkippedExpectations, $"of {statistics.EvaluatedExpectations}, {statistics.SkippedExpectations} not evaluated");
        html.Write($"</dl>");
        PageElements.WriteNavigation(html, new (string Id, string Name, bool IsShown)[]
        {
            ("unmet", "Not met", statistics.UnsuccessfulExpectations > 0),
            ("broken", "Values that break one", Bars(result).Count > 0),
            ("then-and-now", "Then and now", report.Comparisons.Count > 0),
            ("all", "All expectations", result.Results.Count > 0),
            ("facts", "What was read", true),
        }.Where(section => section.IsShown).Select(section => (section.Id, section.Name)));
    }

    private static void WriteTile(Markup html, string name, long value, string hint) =>
        html.Write($"""<div><dt>{name}</dt><dd><strong>{value:#,0}</strong><span class="quiet">{hint}</span></dd></div>""");

    private static void WriteUnmet(Markup html, ValidationResult result)
    {
        if (result.Statistics.UnsuccessfulExpectations == 0)
            return;
        html.Write($"""<section aria-labelledby="unmet"><h2 id="unmet">Not met</h2><ol class="errors">""");
        foreach (var unmet in result.Unmet)
        {
            var expectation = unmet.ExpectationConfig;
            html.Write($"""<li><h3><bdi>{ExpectationText.Subject(expectation)}</bdi></h3>""");
            html.Write($"""<p><b>{Status(unmet)}</b>: <bdi>{ExpectationText.Finding(unmet)}</bdi></p>""");
            if (ExpectationText.Demand(expectation) is { Length: > 0 } demand)
                html.Write($"""<p class="quiet">Expected: <bdi>{demand}</bdi>{(expectation.Inferred ? " (inferred from the first snapshot)" : "")}</p>""");
            if (unmet.Result is { PartialUnexpectedIndexList: { Count: > 0 } rows, PartialUnexpectedList: { } values })
                WriteValues(html, result.Meta, rows, values);
            html.Write($"</li>");
        }
        html.Write($"</ol></section>");
    }

    private static void WriteValues(Markup html, ValidationMeta meta, IReadOnlyList<SourceRow> rows, IReadOnlyList<string> values)
    {
        html.Write($"<details><summary>The first values</summary>");
        if (meta.Sources.Count > 1)
            PageElements.OpenTable(html, "Rows and values", "File", "#Row", "Value");
        else
            PageElements.OpenTable(html, "Rows and values", "#Row", "Value");
        foreach (var (row, value) in rows.Zip(values).Take(ShownValues))
        {
            html.Write($"<tr>");
            if (meta.Sources.Count > 1)
                html.Write($"<td><bdi>{Path.GetFileName(meta.Sources[row.File])}</bdi></td>");
            html.Write($"""<th scope="row" class="n">{row.Row:#,0}</th><td dir="auto">{(value.Length == 0 ? "(none)" : value)}</td></tr>""");
        }
        PageElements.CloseTable(html);
        html.Write($"</details>");
    }

    /// <summary>Checks on records that some value breaks, those furthest beyond what is allowed first.</summary>
    private static List<ExpectationResult> Bars(ValidationResult result) =>
        [.. result.Results.Where(candidate => candidate.Result.UnexpectedCount > 0).OrderBy(candidate => candidate.Success).ThenByDescending(candidate => candidate.Result.UnexpectedPercent).Take(ShownBars)];

    private static void WriteBars(Markup html, ValidationResult result)
    {
        var bars = Bars(result);
        if (bars.Count == 0)
            return;
        html.Write($"""<section aria-labelledby="broken"><h2 id="broken">Values that break an expectation</h2>""");
        PageElements.WriteFigure(html, ValidationPictures.DrawBroken(bars));
        html.Write($"</section>");
    }

    private static void WriteComparisons(Markup html, ValidationReport report)
    {
        if (report.Comparisons.Count == 0)
            return;
        html.Write($"""<section aria-labelledby="then-and-now"><h2 id="then-and-now">Then and now</h2>""");
        html.Write($"<p>Shares in the last snapshot (pale) and in these records (full).</p>");
        html.Write($"""<div class="figures">""");
        for (var i = 0; i < report.Comparisons.Count; i++)
        {
            var (column, distribution) = report.Comparisons[i];
            PageElements.WriteFigure(html, ValidationPictures.DrawComparison(string.Create(CultureInfo.InvariantCulture, $"comparison-{i}"), column, distribution));
        }
        html.Write($"</div></section>");
    }

    private static void WriteAll(Markup html, ValidationResult result)
    {
        if (result.Results.Count == 0)
            return;
        html.Write($"""<section aria-labelledby="all"><h2 id="all">All expectations</h2>""");
        PageElements.OpenTable(html, "What was expected and what was seen, not met first", "Status", "Expectation", "Expected", "Seen");
        foreach (var one in result.Unmet.Concat(result.Results.Where(candidate => candidate.Success)))
        {
            html.Write($"""
                <tr><td>{Status(one)}</td><th scope="row"><bdi>{ExpectationText.Subject(one.ExpectationConfig)}</bdi></th>
                <td class="quiet"><bdi>{ExpectationText.Demand(one.ExpectationConfig)}</bdi></td><td><bdi>{ExpectationText.Finding(one)}</bdi></td></tr>
                """);
        }
        PageElements.CloseTable(html);
        html.Write($"</section>");
    }

    private static void WriteFacts(Markup html, ValidationMeta meta)
    {
        html.Write($"""<section class="facts" aria-labelledby="facts"><h2 id="facts">What was read</h2>""");
        PageElements.OpenTable(html, "Data set, sources and snapshots", "Fact", "Value");
        WriteFact(html, "Data set", meta.DataSet);
        WriteFact(html, "Checked", meta.RunTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        foreach (var source in meta.Sources)
            WriteFact(html, "Source", source);
        WriteFact(html, "Snapshot", meta.Snapshot ?? "none published");
        WriteFact(html, "Snapshot before", meta.PreviousSnapshot ?? "none");
        WriteFact(html, "Plumbline", meta.CodeVersion);
        PageElements.CloseTable(html);
        html.Write($"</section>");
    }

    private static void WriteFact(Markup html, string name, string value) => html.Write($"""<tr><th scope="row">{name}</th><td><bdi>{value}</bdi></td></tr>""");

    private static string Status(ExpectationResult result) =>
        result.Skipped is not null ? "Not evaluated" : result.Success ? "Met" : result.ExpectationConfig.Severity == Severity.Fail ? "Failed" : "Warned";
}
