using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;

namespace Plumbline.Cli.Commands;

internal sealed class DriftReportCommand : CliCommand
{
    private const string Bundle = "bundle";
    private const int ShownWords = 8;

    /// <summary>Labels come late, so quality is told of a longer time.</summary>
    private static readonly TimeSpan QualitySpan = TimeSpan.FromDays(7);

    private readonly ReportFlags _report = new(days: 1);
    private readonly Option<long?> _requests = new("--requests") { Description = "Only the last windows that have so many requests together", HelpName = "N" };
    private readonly Option<string> _reference = new("--reference") { Description = "What is held against it: bundle (as trained), or traffic of the same version, FROM/UNTIL", HelpName = "R", DefaultValueFactory = _ => Bundle };

    public DriftReportCommand(Terminal terminal)
        : base(terminal, "report", "Compare what a version was asked and answered with what it was trained on")
    {
        _report.AddTo(this, terminal.Time);
        Options.Add(_requests);
        Options.Add(_reference);
        Examples =
        [
            "drift report reviews", "drift report reviews --since 7d --html drift.html", "drift report reviews --reference 2026-11-01/2026-11-08 --profile production",
            "drift report reviews --since 24h --where label=1 --where user=@customers.txt --json",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (from, until) = _report.Span(parse, Terminal.Time);
        if (parse.GetValue(_requests) is < 1)
            throw CliException.Usage("--requests must be at least 1.");
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var version = await _report.VersionAsync(parse, workspace, Terminal.Time, cancellation);
        var name = $"{version.Name}/{version.Version}";
        using var predictor = Predictor.Load((await BundleLocator.OfVersionAsync(workspace, version)).Directory);
        var (reporter, source, profile) = (new DriftReporter(new DriftWindows(workspace.Store, Terminal.Time)), ReportFlags.SourceOf(workspace, Terminal.Time), _report.Profile(parse));
        var reference = await ReferenceAsync(parse.GetValue(_reference)!, predictor, name, reporter, cancellation);
        DriftReport report;
        if (_report.Filters(parse) is { Count: > 0 } filters)
        {
            report = await DriftReporter.OfSliceAsync(source, new PredictionQuery(from, until, name), filters, reference, profile, predictor, cancellation);
        }
        else
        {
            report = await reporter.WithExamplesAsync(await reporter.ReportAsync(name, reference, from, until, profile, parse.GetValue(_requests), cancellation), source, reference, predictor, cancellation);
            var quality = new QualityReporter(workspace.Store, Terminal.Time);
            report = report.With(await quality.ReportAsync(name, QualityReference.Of(predictor), until - QualitySpan, until, profile, withPeriods: false, cancellation));
        }
        _report.WritePage(parse, Terminal, () => DriftPage.Render(report));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(report.ToJson())!);
        else
            Write(report);
        return ExitCode.Ok;
    }

    private static async Task<DriftReference> ReferenceAsync(string text, Predictor predictor, string version, DriftReporter reporter, CancellationToken cancellation)
    {
        if (text == Bundle)
            return DriftReference.Of(predictor);
        return text.Split('/') is [var first, var last] && ReportFlags.TryTime(first, out var from) && ReportFlags.TryTime(last, out var until) && from < until
            ? (await reporter.ReferenceAsync(version, from, until, cancellation)).NamedBy(predictor)
            : throw CliException.Usage($"--reference: '{text}' is neither bundle nor a stretch of time such as 2026-11-01/2026-11-08T12:00.");
    }

    private void Write(DriftReport report)
    {
        Terminal.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Version}: {report.Requests:n0} requests from {report.From:yyyy-MM-dd HH:mm} to {report.Until:yyyy-MM-dd HH:mm} UTC beside {report.Reference} ({report.ReferenceRows:n0} rows)"));
        if (report.Features.Count > 0)
        {
            Tables.Write(Terminal, ["Distribution", "Of", "Moved", "PSI>", "p, corrected>", "KS>", "Missing>"], report.Features.Select(feature => new[]
            {
                feature.Name, JsonOutput.NameOf(feature.Kind), JsonOutput.NameOf(feature.Severity), Number(feature.Psi), Number(feature.AdjustedPValue), Number(feature.KolmogorovSmirnov), Share(feature.MissingNow),
            }));
        }
        if (report.Text is { } text)
        {
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Texts are told from the reference's with an AUC of {text.Auc:0.00}; more frequent now: {Words(text, 1)}; before: {Words(text, -1)}"));
        }
        foreach (var fault in report.DataQuality.Where(fault => fault.IsWorse))
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fault.Feature} is {fault.Kind.Replace('_', ' ')} in {fault.Share:p1} of requests, {fault.Before:p1} before"));
        Terminal.Error.WriteLine($"Decision  {JsonOutput.NameOf(report.Decision.Action)} ({report.Profile})");
        foreach (var why in report.Decision.Why)
            Terminal.Error.WriteLine($"          {why}");
    }

    private static string Words(TextDrift text, int sign)
    {
        var words = text.Words.Where(word => Math.Sign(word.Score) == sign && word.Word is not null).Take(ShownWords).Select(word => word.Word).ToArray();
        return words.Length == 0 ? "none" : string.Join(", ", words);
    }

    private static string Number(double value) => double.IsNaN(value) ? "–" : value.ToString(value is > 0 and < 0.001 ? "0.0e0" : "0.000", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("p1", CultureInfo.InvariantCulture);
}
