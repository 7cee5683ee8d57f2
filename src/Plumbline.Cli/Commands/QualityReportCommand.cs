using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Cli.Commands;

internal sealed class QualityReportCommand : CliCommand
{
    private readonly ReportFlags _report = new(days: 7);

    public QualityReportCommand(Terminal terminal)
        : base(terminal, "report", "How right a version's answers were, beside its test split and what is estimated without labels")
    {
        _report.AddTo(this, terminal.Time);
        Examples = ["quality report reviews", "quality report reviews --since 30d --html quality.html", "quality report reviews/3 --since 7d --where user=eu-* --profile production --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (from, until) = _report.Span(parse, Terminal.Time);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var version = await _report.VersionAsync(parse, workspace, Terminal.Time, cancellation);
        var name = $"{version.Name}/{version.Version}";
        using var predictor = Predictor.Load((await BundleLocator.OfVersionAsync(workspace, version)).Directory);
        var (reporter, reference, profile) = (new QualityReporter(workspace.Store, Terminal.Time), QualityReference.Of(predictor), _report.Profile(parse));
        var report = _report.Filters(parse) is { Count: > 0 } filters
            ? await reporter.OfSliceAsync(name, reference, from, until, ReportFlags.SourceOf(workspace, Terminal.Time), filters, profile, cancellation)
            : await reporter.ReportAsync(name, reference, from, until, profile, cancellation: cancellation);
        _report.WritePage(parse, Terminal, () => QualityPage.Render(report));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(report.ToJson())!);
        else
            Write(report);
        return ExitCode.Ok;
    }

    private void Write(QualityReport report)
    {
        var labels = (report.Measured?.Labels ?? 0) + report.ImmatureLabels;
        Terminal.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Version}: {report.Requests:n0} answers from {report.From:yyyy-MM-dd HH:mm} to {report.Until:yyyy-MM-dd HH:mm} UTC, {labels:n0} of them labelled, {report.ImmatureLabels:n0} of these of windows whose labels are still to come"));
        Tables.Write(
            Terminal, ["Score", "Test split>", "By labels>", "95 %>", "Estimated>", "95 %>", "Estimated of test>"],
            [
                Row("Macro-F1", report.ReferenceMacroF1, report.Measured?.MacroF1, report.Estimated?.MacroF1, report.ReferenceEstimated?.MacroF1),
                Row("Accuracy", report.ReferenceAccuracy, report.Measured?.Accuracy, report.Estimated?.Accuracy, report.ReferenceEstimated?.Accuracy),
            ]);
        if (report.Measured is { } measured)
        {
            Tables.Write(Terminal, ["Label", "Labelled>", "Answered>", "Precision>", "Recall>", "F1>", "95 %>"], measured.ByLabel.Where(label => label.Support + label.Predicted > 0).Select(label => new[]
            {
                label.Label, Count(label.Support), Count(label.Predicted), Number(label.Precision.Value), Number(label.Recall.Value), Number(label.F1.Value), Interval(label.F1),
            }));
        }
        Terminal.Error.WriteLine($"Decision  {JsonOutput.NameOf(report.Decision.Action)} ({report.Profile})");
        foreach (var why in report.Decision.Why)
            Terminal.Error.WriteLine($"          {why}");
    }

    private static string[] Row(string score, double reference, Estimate? measured, Estimate? estimated, Estimate? expected) =>
        [score, Number(reference), Number(measured?.Value), Interval(measured), Number(estimated?.Value), Interval(estimated), Number(expected?.Value)];

    private static string Number(double? value) => value is { } number && !double.IsNaN(number) ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    private static string Interval(Estimate? score) => score is null || double.IsNaN(score.Low) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{score.Low:0.000} to {score.High:0.000}");

    private static string Count(long count) => count.ToString("n0", CultureInfo.InvariantCulture);
}
