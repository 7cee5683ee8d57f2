using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Tuning;

namespace Plumbline.Cli.Commands;

internal sealed class StudiesCommand : CliCommand
{
    public StudiesCommand(Terminal terminal)
        : base(terminal, "studies", "Tunings so far: families, trials, the best parameters")
    {
        Subcommands.Add(new StudiesListCommand(terminal));
        Subcommands.Add(new StudiesShowCommand(terminal));
        Subcommands.Add(new StudiesResumeCommand(terminal));
        Subcommands.Add(new StudiesWorkCommand(terminal));
        Examples = ["studies", "studies show reviews/3f0c9a1b2c3d", "studies show reviews/3f0c9a1b2c3d/boosting", "studies resume reviews/3f0c9a1b2c3d --trials 60"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => StudiesListCommand.ListAsync(Terminal, parse, cancellation);

    public static JsonObject ToJson(StudySummary study) => new()
    {
        ["name"] = study.Name,
        ["created"] = study.Created.ToString("O", CultureInfo.InvariantCulture),
        ["trials"] = study.Trials.Count,
        ["complete"] = study.Count(TrialState.Complete),
        ["pruned"] = study.Count(TrialState.Pruned),
        ["failed"] = study.Count(TrialState.Failed),
        ["best_value"] = study.Best is { } best ? JsonOutput.Number(best.Values[0]) : null,
        ["best_parameters"] = study.Best is { } found ? JsonNode.Parse(JsonSerializer.Serialize(found.Parameters)) : null,
    };
}

internal sealed class StudiesListCommand(Terminal terminal) : CliCommand(terminal, "list", "Studies by contest, the newest first")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var studies = await workspace.Studies.ListAsync(cancellation: cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. studies.Select(StudiesCommand.ToJson)]));
            return ExitCode.Ok;
        }
        foreach (var contest in studies.GroupBy(study => study.Name[..Math.Max(0, study.Name.LastIndexOf('/'))]))
        {
            terminal.Error.WriteLine($"Contest   {contest.Key}, begun {contest.Min(study => study.Created).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC");
            Tables.Write(terminal, ["Study", "Trials>", "Pruned>", "Failed>", "Best>", "Parameters"], contest.OrderBy(study => study.Name, StringComparer.Ordinal).Select(study => new[]
            {
                study.Name[(study.Name.LastIndexOf('/') + 1)..], Text(study.Trials.Count), Text(study.Count(TrialState.Pruned)),
                Text(study.Count(TrialState.Failed)), study.Best?.Values[0].ToString("f4", CultureInfo.InvariantCulture) ?? "", study.Best?.Parameters.ToString() ?? "",
            }));
        }
        return ExitCode.Ok;
    }

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}

internal sealed class StudiesResumeCommand : CliCommand
{
    private readonly Argument<string> _name = new("CONTEST") { Description = "What the names of its studies begin with, or the name of one of them" };
    private readonly Option<int?> _trials = new("--trials") { Description = "Trials of each family in all (as many as were asked for)", HelpName = "N" };

    public StudiesResumeCommand(Terminal terminal)
        : base(terminal, "resume", "Go on with a contest that was broken off, or give it more trials")
    {
        Arguments.Add(_name);
        Options.Add(_trials);
        Examples = ["studies resume reviews/3f0c9a1b2c3d", "studies resume reviews/3f0c9a1b2c3d --trials 60"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var since = Terminal.Time.GetTimestamp();
        var home = CommonOptions.HomeOf(parse);
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        var (name, request) = await workspace.Contests.GetAsync(parse.GetValue(_name)!, cancellation);
        if ((request with { CodeVersion = CodeVersion.Current }).Name is var now && now != name)
            Terminal.Error.WriteLine($"Contest {name} was held by Plumbline {request.CodeVersion}; this is {CodeVersion.Current}, whose fits may differ, so it begins anew as {now}.");
        var options = request.Options with { Contest = request.Options.Contest! with { Trials = parse.GetValue(_trials) ?? request.Options.Contest.Trials } };
        if (options.Contest.Trials < 1)
            throw CliException.Usage($"--trials: {options.Contest.Trials} is below 1.");
        var snapshot = Snapshot.Open(await SnapshotLocator.FindAsync(home, request.Snapshot, Terminal.Time, cancellation));
        var result = await ProgressView.RunAsync(Terminal, view => Task.Run(() => workspace.Training.RunAsync(snapshot, options, request.Experiment, since, view, cancellation), CancellationToken.None));
        TrainCommand.Report(Terminal, parse, snapshot, result, options.Threads, CancellationToken.None);
        return ExitCode.Ok;
    }
}
