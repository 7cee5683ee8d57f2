using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Statistics;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Learning.Evaluation;

public static partial class EvaluationPage
{
    private const int MaxConfusedPairs = 15;

    private static void WriteSummary(Markup html, EvaluationReport report)
    {
        var test = report.Test;
        var ranges = test.Resamples > 0 ? " Ranges are 95 % bootstrap intervals." : "";
        html.Write($"<p>Measured on {test.Rows:#,0} test rows of {test.Classes.Length} classes.{ranges}</p>");
        html.Write($"""<dl class="tiles">""");
        foreach (var (name, value) in new[] { ("Macro-F1", test.MacroF1), ("Accuracy", test.Accuracy), ("Weighted F1", test.WeightedF1) })
            html.Write($"""<div><dt>{name}</dt><dd><strong>{value.Value:0.000}</strong><span class="quiet">{Interval(value)}</span></dd></div>""");
        foreach (var (name, value, hint) in new[]
            {
                ("Log-loss", test.LogLoss, "lower is better"),
                ("Calibration error", test.Ece, string.Create(CultureInfo.InvariantCulture, $"{test.EceOfPerfect:0.000} if perfect")),
                ("Macro ROC-AUC", test.MacroRocAuc, "0.5 is chance"),
            })
        {
            html.Write($"""<div><dt>{name}</dt><dd><strong>{value:0.000}</strong><span class="quiet">{hint}</span></dd></div>""");
        }
        html.Write($"</dl>");
        (string Id, string Name, bool Shown)[] sections =
        [
            ("results", "Results", true),
            ("classes", "Classes", true),
            ("confusion-matrix", "Confusion", true),
            ("probabilities", "Probabilities", true),
            ("learning", "Learning", report.LearningCurve.Length > 0),
            ("errors", "Errors", report.Misclassified.Length > 0),
            ("importances", "Importances", report.Importances.Length > 0),
            ("features", "Features", report.StrongestFeatures.Length > 0),
            ("candidates", "Candidates", report.Candidates.Length > 0),
            ("facts", "Model", report.Facts.Length > 0),
        ];
        if (report.ContestPage is { } contest)
            html.Write($"""<p><a href="{contest}">The contest that chose it</a></p>""");
        WriteNavigation(html, sections.Where(section => section.Shown).Select(section => (section.Id, section.Name)));
    }

    private static void WriteResults(Markup html, EvaluationReport report)
    {
        html.Write($"""<section aria-labelledby="results"><h2 id="results">Results</h2>""");
        if (report.Valid is null)
            OpenTable(html, "Scores on the test split", "Score", "#Test", "#95 % interval");
        else
            OpenTable(html, $"Scores on test, and {report.Judged}", "Score", "#Test", "#95 % interval", "#Valid");
        WriteEstimate("Macro-F1", split => split.MacroF1);
        WriteEstimate("Accuracy", split => split.Accuracy);
        WriteEstimate("Weighted F1", split => split.WeightedF1);
        WriteScore("Macro precision", split => split.MacroPrecision);
        WriteScore("Macro recall", split => split.MacroRecall);
        WriteScore("Weighted precision", split => split.WeightedPrecision);
        WriteScore("Weighted recall", split => split.WeightedRecall);
        WriteScore("Macro ROC-AUC", split => split.MacroRocAuc);
        WriteScore("Macro PR-AUC", split => split.MacroPrAuc);
        WriteScore("Log-loss", split => split.LogLoss);
        WriteScore("Brier score", split => split.Brier);
        WriteScore("Expected calibration error", split => split.Ece);
        WriteScore("The same of a perfectly calibrated model", split => split.EceOfPerfect);
        CloseTable(html);
        html.Write($"</section>");

        void WriteEstimate(string name, Func<ClassificationReport, Estimate> score) =>
            WriteRow(name, split => score(split).Value, Interval(score(report.Test)));

        void WriteScore(string name, Func<ClassificationReport, double> score) => WriteRow(name, score, "");

        void WriteRow(string name, Func<ClassificationReport, double> score, string interval)
        {
            html.Write($"""<tr><th scope="row">{name}</th><td class="n">{score(report.Test):0.0000}</td><td class="n">{interval}</td>""");
            if (report.Valid is not null)
                html.Write($"""<td class="n">{score(report.Valid):0.0000}</td>""");
            html.Write($"</tr>");
        }
    }

    private static void WriteClasses(Markup html, ClassificationReport test, EvaluationPictures pictures)
    {
        var many = test.Classes.Length > ConfusionPicture.MaxLabelsWithNumbers;
        html.Write($"""<section aria-labelledby="classes"><h2 id="classes">Classes</h2>""");
        if (many)
            html.Write($"<p>The classes with the lowest F1 come first.</p><details><summary>F1 of all {test.Classes.Length} classes as bars</summary>");
        else
            html.Write($"""<div class="figures">""");
        WriteFigure(html, pictures.F1);
        if (many)
            html.Write($"</details><details><summary>All scores of all {test.Classes.Length} classes as a table</summary>");
        WriteClassTable(html, test);
        if (many)
            html.Write($"</details>");
        else
            html.Write($"</div>");
        html.Write($"</section>");
    }

    private static void WriteClassTable(Markup html, ClassificationReport test)
    {
        OpenTable(
            html,
            "Scores of each class on the test split",
            "Class", "#Rows", "#Predicted", "#Precision", "#Recall", "#F1", "#ROC-AUC", "#PR-AUC");
        foreach (var scores in EvaluationPictures.ByInterest(test.Classes))
        {
            html.Write($"""
                <tr><th scope="row"><bdi>{scores.Label}</bdi></th><td class="n">{scores.Support:#,0}</td><td class="n">{scores.Predicted:#,0}</td>
                <td class="n">{scores.Precision:0.000}</td><td class="n">{scores.Recall:0.000}</td><td class="n">{scores.F1:0.000}</td>
                <td class="n">{scores.RocAuc:0.000}</td><td class="n">{scores.PrAuc:0.000}</td></tr>
                """);
        }
        CloseTable(html);
    }

    private static void WriteConfusion(Markup html, ClassificationReport test, EvaluationPictures pictures)
    {
        html.Write($"""<section aria-labelledby="confusion-matrix"><h2 id="confusion-matrix">Confusion</h2>""");
        html.Write($"<p>Each row is a true label; the deeper a cell, the larger its share of that row, on a square-root scale so that small shares show.</p>");
        html.Write($"""<div class="figures">""");
        WriteFigure(html, pictures.Confusion);
        var pairs = Enumerable.Range(0, test.Classes.Length)
            .SelectMany(truth => test.ConfusionMatrix[truth].Select((rows, predicted) => (Truth: truth, Predicted: predicted, Rows: rows)))
            .Where(pair => pair.Truth != pair.Predicted && pair.Rows > 0)
            .OrderByDescending(pair => pair.Rows)
            .Take(MaxConfusedPairs);
        html.Write($"<div>");
        OpenTable(html, "Most confused pairs", "True label", "Predicted", "#Rows", "#Share of true");
        foreach (var (truth, predicted, rows) in pairs)
        {
            html.Write($"""
                <tr><th scope="row"><bdi>{test.Classes[truth].Label}</bdi></th><td><bdi>{test.Classes[predicted].Label}</bdi></td>
                <td class="n">{rows:#,0}</td><td class="n">{Quantity.Share(rows, test.Classes[truth].Support)}</td></tr>
                """);
        }
        CloseTable(html);
        html.Write($"</div></div></section>");
    }

    private static void WriteProbabilities(Markup html, ClassificationReport test, EvaluationPictures pictures)
    {
        html.Write($"""<section aria-labelledby="probabilities"><h2 id="probabilities">Probabilities</h2>""");
        html.Write($"<p>Expected calibration error {test.Ece:0.0000}, of which chance alone gives a perfectly calibrated model {test.EceOfPerfect:0.0000} with as many rows; log-loss {test.LogLoss:0.0000}. Curves set one class against all others.</p>");
        html.Write($"""<div class="figures">""");
        foreach (var picture in new[] { pictures.Reliability, pictures.Roc, pictures.PrecisionRecall }.OfType<Picture>())
            WriteFigure(html, picture);
        html.Write($"</div></section>");
    }

    private static void WriteLearningCurve(Markup html, EvaluationReport report, EvaluationPictures pictures)
    {
        if (pictures.LearningCurve is not { } picture)
            return;
        html.Write($"""<section aria-labelledby="learning"><h2 id="learning">Learning</h2>""");
        html.Write($"<p>The chosen configuration fitted on growing shares of train. Where the curve still climbs at its end, more labelled rows would help.</p>");
        html.Write($"""<div class="figures">""");
        WriteFigure(html, picture);
        OpenTable(html, "Points of the curve", "#Rows", "#Macro-F1");
        foreach (var point in report.LearningCurve)
            html.Write($"""<tr><td class="n">{point.Rows:#,0}</td><td class="n">{point.MacroF1:0.0000}</td></tr>""");
        CloseTable(html);
        html.Write($"</div></section>");
    }

    private static void WriteMisclassified(Markup html, EvaluationReport report)
    {
        if (report.Misclassified.Length == 0)
            return;
        html.Write($"""<section aria-labelledby="errors"><h2 id="errors">Errors, the most confident first</h2><ol class="errors">""");
        foreach (var sample in report.Misclassified)
        {
            html.Write($"""
                <li><p>true <bdi><b>{sample.Truth}</b></bdi>, predicted <bdi><b>{sample.Predicted}</b></bdi>
                <span class="quiet">with probability {sample.Probability:0.000}, row {sample.Row:#,0}</span></p>
                <blockquote dir="auto">{sample.Text}</blockquote></li>
                """);
        }
        html.Write($"</ol></section>");
    }

    private static void WriteImportances(Markup html, EvaluationPictures pictures)
    {
        if (pictures.Importances is not { } picture)
            return;
        html.Write($"""<section aria-labelledby="importances"><h2 id="importances">What the model goes by</h2><p>How far words and features move the log-odds of an answer, on average over the valid split.</p>""");
        html.Write($"<figure>{picture.Inline()}</figure></section>");
    }

    private static void WriteFeatures(Markup html, EvaluationReport report, EvaluationPictures pictures)
    {
        if (report.StrongestFeatures.Length == 0)
            return;
        var many = pictures.Features.Count > ClassificationReport.MaxClassesWithCurves;
        html.Write($"""<section aria-labelledby="features"><h2 id="features">Strongest features</h2><p>What speaks most for each class, by weight.</p>""");
        html.Write($"""<div class="{(many ? "" : "figures")}">""");
        foreach (var (picture, features) in pictures.Features.Zip(report.StrongestFeatures))
        {
            if (many)
                html.Write($"""<details><summary><bdi>{features.Label}</bdi></summary>""");
            else
                html.Write($"""<div><h3><bdi>{features.Label}</bdi></h3>""");
            html.Write($"<figure>{picture.Inline()}</figure>");
            if (many)
                html.Write($"</details>");
            else
                html.Write($"</div>");
        }
        html.Write($"</div></section>");
    }

    private static void WriteCandidates(Markup html, EvaluationReport report)
    {
        if (report.Candidates.Length == 0)
            return;
        html.Write($"""<section aria-labelledby="candidates"><h2 id="candidates">Candidates</h2>""");
        OpenTable(html, $"What was tried, measured {report.Judged}", "Family", "Parameters", "#Macro-F1", "#Log-loss");
        foreach (var candidate in report.Candidates)
        {
            html.Write($"""
                <tr class="{(candidate.Chosen ? "chosen" : "")}"><th scope="row">{candidate.Name}{(candidate.Chosen ? " ✓ chosen" : "")}</th>
                <td>{candidate.Parameters}</td>
                <td class="n">{candidate.ValidMacroF1:0.0000}</td><td class="n">{candidate.ValidLogLoss:0.0000}</td></tr>
                """);
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static void WriteFacts(Markup html, EvaluationReport report)
    {
        if (report.Facts.Length == 0)
            return;
        html.Write($"""<section class="facts" aria-labelledby="facts"><h2 id="facts">Model</h2>""");
        OpenTable(html, "What was trained, on what, and how", "Fact", "Value");
        foreach (var fact in report.Facts)
            html.Write($"""<tr><th scope="row">{fact.Name}</th><td><bdi>{fact.Value}</bdi></td></tr>""");
        CloseTable(html);
        html.Write($"</section>");
    }

    private static string Interval(Estimate estimate) => double.IsNaN(estimate.Low)
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{estimate.Low:0.000}–{estimate.High:0.000}");
}
