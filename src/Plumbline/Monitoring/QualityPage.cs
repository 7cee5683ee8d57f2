using System.Globalization;
using Plumbline.Learning.Evaluation;
using Plumbline.Reporting;
using Plumbline.Statistics;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Monitoring;

/// <summary>Shows a <see cref="QualityReport"/> as one HTML page that needs nothing else: no request, no script, pictures inline. The same report gives the same bytes. Thread-safe.</summary>
public static class QualityPage
{
    private const int MostLabels = 30;

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(QualityReport report)
    {
        var html = new Markup();
        WriteHead(html, $"{report.Version}: quality");
        html.Write($"""<header><h1 dir="auto">{report.Version}: quality</h1>""");
        WriteSummary(html, report);
        html.Write($"</header><main>");
        WriteScores(html, report);
        WriteTime(html, report);
        if (report.Measured is { } measured)
            WriteLabels(html, measured);
        WriteDelay(html, report);
        WriteErrors(html, report.ConceptDrift);
        if (report.Slices.Count > 0)
            WriteSlices(html, report.Slices);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteSummary(Markup html, QualityReport report)
    {
        html.Write($"<p>{Quantity.Count(report.Requests)} answers from {Minute(report.From)} to {Minute(report.Until)} UTC{(report.Where is null ? "" : $", where {report.Where}")}; {Quantity.Count(report.Measured?.Labels ?? 0)} labelled ones are compared, {Quantity.Count(report.ImmatureLabels)} are of windows most of whose labels are still to come.</p>");
        html.Write($"""<dl class="tiles">""");
        WriteTile("Decision", report.Decision.Action.ToString().ToLowerInvariant(), $"profile {report.Profile}");
        WriteTile("Macro-F1", Number(report.Measured?.MacroF1.Value), Interval(report.Measured?.MacroF1));
        WriteTile("Estimated", Number(report.Estimated?.MacroF1.Value), Interval(report.Estimated?.MacroF1));
        WriteTile("Test split", Number(report.ReferenceMacroF1), "macro-F1 when it was trained");
        WriteTile("Errors", report.ConceptDrift.Labels == 0 ? "–" : report.ConceptDrift.InForce is null ? "as before" : "more", $"of {Quantity.Count(report.ConceptDrift.Labels)} labels in their order");
        html.Write($"</dl><ul>");
        foreach (var why in report.Decision.Why)
            html.Write($"<li><bdi>{why}</bdi></li>");
        html.Write($"</ul>");
        WriteNavigation(html, Sections(report));

        void WriteTile(string name, string value, string hint) =>
            html.Write($"""<div><dt>{name}</dt><dd><strong>{value}</strong><span class="quiet">{hint}</span></dd></div>""");
    }

    private static IEnumerable<(string Id, string Name)> Sections(QualityReport report)
    {
        yield return ("scores", "Scores");
        yield return ("time", "Over time");
        if (report.Measured is not null)
            yield return ("labels", "Labels");
        yield return ("delay", "Delay");
        yield return ("errors", "Errors");
        if (report.Slices.Count > 0)
            yield return ("slices", "Slices");
    }

    private static void WriteScores(Markup html, QualityReport report)
    {
        html.Write($"""<section aria-labelledby="scores"><h2 id="scores">Scores</h2>""");
        OpenTable(html, "By labels, and estimated without them", "Score", "#Test split", "#By labels", "#95 %", "#Estimated", "#95 %", "#Estimated of test split");
        WriteRow("Macro-F1", report.ReferenceMacroF1, report.Measured?.MacroF1, report.Estimated?.MacroF1, report.ReferenceEstimated?.MacroF1);
        WriteRow("Accuracy", report.ReferenceAccuracy, report.Measured?.Accuracy, report.Estimated?.Accuracy, report.ReferenceEstimated?.Accuracy);
        CloseTable(html);
        html.Write($"""<p class="quiet">Estimates hold as far as probabilities are calibrated, and are blind to a change of what labels mean. How far that of the test split is from what was measured there says how good they are.</p></section>""");

        void WriteRow(string name, double reference, Estimate? measured, Estimate? estimated, Estimate? expected)
        {
            html.Write($"""<tr><th scope="row">{name}</th><td class="n">{Number(reference)}</td><td class="n">{Number(measured?.Value)}</td><td class="n">{Interval(measured)}</td>""");
            html.Write($"""<td class="n">{Number(estimated?.Value)}</td><td class="n">{Interval(estimated)}</td><td class="n">{Number(expected?.Value)}</td></tr>""");
        }
    }

    private static void WriteTime(Markup html, QualityReport report)
    {
        html.Write($"""<section aria-labelledby="time"><h2 id="time">Over time</h2>""");
        if (report.Periods.Count == 0)
            html.Write($"<p>There are no periods: nothing was counted, or this is a slice of the prediction log.</p>");
        else
            WriteFigure(html, QualityPictures.OverTime(report));
        html.Write($"</section>");
    }

    private static void WriteLabels(Markup html, QualityScores measured)
    {
        html.Write($"""<section aria-labelledby="labels"><h2 id="labels">Labels</h2><div class="figures">""");
        WriteFigure(html, QualityPictures.ByLabel(measured, MostLabels));
        WriteFigure(html, ReliabilityPicture.Draw("calibration", "Calibration", measured.Reliability, measured.Ece));
        html.Write($"</div>");
        html.Write($"<p>Expected calibration error {Number(measured.Ece)}, of which chance explains {Number(measured.EceOfChance)}; Brier score {Number(measured.Brier)}.</p>");
        OpenTable(html, "By label", "Label", "#Labelled", "#Answered", "#Precision", "#95 %", "#Recall", "#95 %", "#F1", "#95 %");
        foreach (var label in measured.ByLabel.Where(label => label.Support + label.Predicted > 0))
        {
            html.Write($"""<tr><th scope="row" dir="auto">{label.Label}</th><td class="n">{Quantity.Count(label.Support)}</td><td class="n">{Quantity.Count(label.Predicted)}</td>""");
            foreach (var score in new[] { label.Precision, label.Recall, label.F1 })
                html.Write($"""<td class="n">{Number(score.Value)}</td><td class="n">{Interval(score)}</td>""");
            html.Write($"</tr>");
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static void WriteDelay(Markup html, QualityReport report)
    {
        html.Write($"""<section aria-labelledby="delay"><h2 id="delay">Delay</h2>""");
        if (!report.Delay.Any(share => share.Requests > 0 || share.Labelled > 0))
        {
            html.Write($"<p>How late labels come is not known yet: no answer is old enough, or none was counted.</p></section>");
            return;
        }
        html.Write($"""<div class="figures">""");
        if (report.Delay.Any(share => share.Requests > 0))
            WriteFigure(html, QualityPictures.Delay(report.Delay));
        OpenTable(html, "Labels by age of the predictions", "Age", "#Predictions so old", "#Labelled by then", "#Share", "#Of all that come");
        foreach (var share in report.Delay)
            html.Write($"""<tr><th scope="row">{QualityPictures.Age(share)}</th><td class="n">{Quantity.Count(share.Requests)}</td><td class="n">{Quantity.Count(share.Labelled)}</td><td class="n">{Share(share.Share)}</td><td class="n">{(share.Labelled == 0 ? "–" : Share(share.Completeness))}</td></tr>""");
        CloseTable(html);
        html.Write($"</div></section>");
    }

    private static void WriteErrors(Markup html, ConceptDriftState concept)
    {
        html.Write($"""<section aria-labelledby="errors"><h2 id="errors">Errors in the order of labels</h2>""");
        if (concept.Changes.Count == 0)
        {
            html.Write($"<p>They have not become more frequent, over {Quantity.Count(concept.Labels)} labels.</p></section>");
            return;
        }
        OpenTable(html, "They became more frequent", "Found, UTC", "By", "#At label", "#Errors before", "#Since");
        foreach (var change in concept.Changes.Reverse())
            html.Write($"""<tr><th scope="row">{Minute(change.Time)}</th><td>{change.Test.Replace('_', ' ')}{Pair(change)}</td><td class="n">{Quantity.Count(change.Label)}</td><td class="n">{Share(change.Before)}</td><td class="n">{Share(change.After)}</td></tr>""");
        CloseTable(html);
        html.Write($"<p>{(concept.InForce is null ? "They are nearly as rare again as before." : "They still are.")}</p></section>");
    }

    private static void WriteSlices(Markup html, IReadOnlyList<SliceScores> slices)
    {
        html.Write($"""<section aria-labelledby="slices"><h2 id="slices">Slices</h2>""");
        OpenTable(html, "By categorical input", "Slice", "#Labelled", "#Macro-F1", "#95 %", "#Accuracy", "#95 %", "#Calibration error");
        foreach (var slice in slices)
        {
            html.Write($"""<tr><th scope="row" dir="auto">{slice.Slice}</th><td class="n">{Quantity.Count(slice.Labels)}</td><td class="n">{Number(slice.MacroF1.Value)}</td><td class="n">{Interval(slice.MacroF1)}</td>""");
            html.Write($"""<td class="n">{Number(slice.Accuracy.Value)}</td><td class="n">{Interval(slice.Accuracy)}</td><td class="n">{Number(slice.Ece)}</td></tr>""");
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static string Pair(ErrorChange change) => change.Pair is [var one, var other] ? $": {one} and {other}" : "";

    private static string Number(double? value) => value is { } number && !double.IsNaN(number) ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    private static string Interval(Estimate? score) => score is null || double.IsNaN(score.Low) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{score.Low:0.000} to {score.High:0.000}");

    private static string Share(double share) => double.IsNaN(share) ? "–" : Quantity.Share(share, 1);

    private static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
