using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Registry;

namespace Plumbline.Cli.Commands;

internal sealed class DriftReportCommand : CliCommand
{
    private const string Bundle = "bundle";
    private const int ShownWords = 8;

    private readonly Argument<string> _model = new("MODEL") { Description = "name, of which the version that answered most counts, name@alias or name/3" };
    private readonly Option<DateTimeOffset?> _since = new("--since") { Description = "From so long ago (24h), or from a time on, UTC", HelpName = "TIME" };
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "Up to so long ago, or up to a time (now)", HelpName = "TIME" };
    private readonly Option<long?> _requests = new("--requests") { Description = "Only the last windows that have so many requests together", HelpName = "N" };
    private readonly Option<long?> _version = new("--version") { Description = "Number of the version", HelpName = "N" };
    private readonly Option<string> _reference = new("--reference") { Description = "What is held against it: bundle (as trained), or traffic of the same version, FROM/UNTIL", HelpName = "R", DefaultValueFactory = _ => Bundle };
    private readonly Option<DriftProfile> _profile = new("--profile")
    {
        Description = "default retrains from PSI 0.2 on, production asks for approval from 0.3 on",
        HelpName = "P",
        CustomParser = Profile,
        DefaultValueFactory = _ => DriftProfile.Default,
    };

    private readonly Option<string[]> _where = new("--where") { Description = "Only logged predictions of a label, user, item or category: KEY=VALUE,…, KEY=@FILE; repeatable", HelpName = "CONDITION" };
    private readonly Option<string?> _html = new("--html") { Description = "Where a page goes", HelpName = "F" };

    public DriftReportCommand(Terminal terminal)
        : base(terminal, "report", "Compare what a version was asked and answered with what it was trained on")
    {
        foreach (var time in new[] { _since, _until })
            time.CustomParser = result => TimeOf(result, terminal.Time);
        Arguments.Add(_model);
        foreach (var option in new Option[] { _since, _until, _requests, _version, _reference, _profile, _where, _html })
            Options.Add(option);
        Examples =
        [
            "drift report reviews", "drift report reviews --since 7d --html drift.html", "drift report reviews --reference 2026-11-01/2026-11-08 --profile production",
            "drift report reviews --since 24h --where label=1 --where user=@customers.txt --json",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var until = parse.GetValue(_until) ?? Terminal.Time.GetUtcNow();
        var from = parse.GetValue(_since) ?? until.AddDays(-1);
        if (until <= from)
            throw CliException.Usage("--until is not after --since.");
        if (parse.GetValue(_requests) is < 1)
            throw CliException.Usage("--requests must be at least 1.");
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var windows = new DriftWindows(workspace.Store, Terminal.Time);
        var version = await VersionAsync(parse, workspace, windows, from, until, cancellation);
        var name = $"{version.Name}/{version.Version}";
        var reporter = new DriftReporter(windows);
        var reference = await ReferenceAsync(parse.GetValue(_reference)!, workspace, version, reporter, cancellation);
        var profile = parse.GetValue(_profile)!;
        var report = parse.GetValue(_where) is { Length: > 0 } where
            ? DriftReporter.OfSlice(workspace.Home.Predictions, new PredictionQuery(from, until, name), [.. where.Select(Filter)], reference, profile, cancellation)
            : await reporter.ReportAsync(name, reference, from, until, profile, parse.GetValue(_requests), cancellation);
        if (parse.GetValue(_html) is { } file)
        {
            OutputFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(DriftPage.Render(report))));
            Terminal.Error.WriteLine($"Page      {Path.GetFullPath(file)}");
        }
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(report.ToJson())!);
        else
            Write(report);
        return ExitCode.Ok;
    }

    private async Task<ModelVersion> VersionAsync(ParseResult parse, Workspace workspace, DriftWindows windows, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        var model = parse.GetRequiredValue(_model);
        if (parse.GetValue(_version) is { } number)
            return workspace.Registry.Resolve(FormattableString.Invariant($"{model}/{number}"));
        if (model.AsSpan().ContainsAny('@', '/'))
            return workspace.Registry.Resolve(model);
        var answered = await windows.ListAsync(model, from, until, cancellation);
        return workspace.Registry.Resolve(answered is [var (most, _), ..] ? most : $"{model}@{Champion.Alias}");
    }

    private static async Task<DriftReference> ReferenceAsync(string text, Workspace workspace, ModelVersion version, DriftReporter reporter, CancellationToken cancellation)
    {
        if (text == Bundle)
        {
            using var predictor = Predictor.Load((await BundleLocator.OfVersionAsync(workspace, version)).Directory);
            return DriftReference.Of(predictor);
        }
        return text.Split('/') is [var first, var last] && TryTime(first, out var from) && TryTime(last, out var until) && from < until
            ? await reporter.ReferenceAsync($"{version.Name}/{version.Version}", from, until, cancellation)
            : throw CliException.Usage($"--reference: '{text}' is neither bundle nor a stretch of time such as 2026-11-01/2026-11-08T12:00.");
    }

    private static DriftFilter Filter(string text)
    {
        try
        {
            return DriftFilter.Parse(text);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"--where: {exception.Message}");
        }
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

    private static DriftProfile? Profile(ArgumentResult result)
    {
        var name = result.Tokens[0].Value;
        var found = DriftProfile.All.FirstOrDefault(profile => profile.Name == name);
        if (found is null)
            result.AddError($"'{name}' is no profile; there are {string.Join(" and ", DriftProfile.All.Select(profile => profile.Name))}.");
        return found;
    }

    private static DateTimeOffset? TimeOf(ArgumentResult result, TimeProvider time)
    {
        if (TryTime(result.Tokens[0].Value, out var at))
            return at;
        return Durations.ParseAge(result) is { } age ? time.GetUtcNow() - age : null;
    }

    private static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
