using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Learning.Contests;
using Plumbline.Storage;
using Plumbline.Tuning;
using Plumbline.Tuning.Pictures;

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
        Examples = ["studies", "studies show reviews/3f0c9a1b2c3d/boosting", "studies resume reviews/3f0c9a1b2c3d --trials 60"];
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

internal sealed class StudiesListCommand(Terminal terminal) : CliCommand(terminal, "list", "Studies, the newest first")
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
        Tables.Write(terminal, ["Study", "Created", "Trials>", "Complete>", "Pruned>", "Failed>", "Best>", "Parameters"], studies.Select(study => new[]
        {
            study.Name, study.Created.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), Text(study.Trials.Count), Text(study.Count(TrialState.Complete)),
            Text(study.Count(TrialState.Pruned)), Text(study.Count(TrialState.Failed)), study.Best?.Values[0].ToString("f4", CultureInfo.InvariantCulture) ?? "", study.Best?.Parameters.ToString() ?? "",
        }));
        return ExitCode.Ok;
    }

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}

internal sealed class StudiesShowCommand : CliCommand
{
    private const string DefaultPage = "study.html";

    private readonly Argument<string> _name = new("STUDY") { Description = "Its name, as studies list has it" };
    private readonly Option<string?> _html = new("--html") { Description = $"Write a page of its pictures there ({DefaultPage})", HelpName = "F" };
    private readonly Option<bool> _open = new("--open") { Description = "Write the page and open it in the browser" };

    public StudiesShowCommand(Terminal terminal)
        : base(terminal, "show", "A study's trials, with what became of each")
    {
        Arguments.Add(_name);
        Options.Add(_html);
        Options.Add(_open);
        Examples = ["studies show reviews/3f0c9a1b2c3d/boosting", "studies show reviews/3f0c9a1b2c3d/boosting --open"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var study = await workspace.Studies.GetAsync(parse.GetValue(_name)!, cancellation);
        await WritePageAsync(parse, workspace, study, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = StudiesCommand.ToJson(study);
            json["trials"] = new JsonArray([.. study.Trials.Select(trial => JsonNode.Parse(trial.ToJson()))]);
            JsonOutput.Write(Terminal, json);
            return ExitCode.Ok;
        }
        Tables.Write(Terminal, ["Trial>", "State", "Value>", "Steps>", "Seconds>", "Parameters"], study.Trials.Select(trial => new[]
        {
            trial.Number.ToString(CultureInfo.InvariantCulture), $"{JsonOutput.NameOf(trial.State)}{(trial.Number == study.Best?.Number ? " ✓" : "")}",
            string.Join("  ", trial.Values.Select(value => value.ToString("f4", CultureInfo.InvariantCulture))),
            trial.Intermediate.Count > 0 ? trial.Intermediate[^1].Step.ToString(CultureInfo.InvariantCulture) : "",
            trial is { Started: { } started, Ended: { } ended } ? (ended - started).TotalSeconds.ToString("f1", CultureInfo.InvariantCulture) : "",
            trial.Reason is { } reason ? $"{trial.Parameters} ({reason})" : trial.Parameters.ToString(),
        }));
        return ExitCode.Ok;
    }

    private async Task WritePageAsync(ParseResult parse, Workspace workspace, StudySummary study, CancellationToken cancellation)
    {
        if (parse.GetValue(_html) is null && !parse.GetValue(_open))
            return;
        var contest = (await workspace.Contests.GetAsync(study.Name, cancellation)).Options.Contest!;
        var page = Path.GetFullPath(parse.GetValue(_html) ?? DefaultPage);
        OutputFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(StudyPage.Render(study, ContestPage.NamesOf(contest.Objectives)))));
        Terminal.Error.WriteLine($"Page      {page}");
        if (parse.GetValue(_open))
            Browser.Open(Terminal, page);
    }
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
        var request = await workspace.Contests.GetAsync(parse.GetValue(_name)!, cancellation);
        var options = request.Options with { Contest = request.Options.Contest! with { Trials = parse.GetValue(_trials) ?? request.Options.Contest.Trials } };
        var snapshot = Snapshot.Open(new SnapshotStore(home).Find(request.Snapshot));
        var result = await ProgressView.RunAsync(Terminal, view => Task.Run(() => workspace.Training.RunAsync(snapshot, options, request.Experiment, since, view, cancellation), CancellationToken.None));
        TrainCommand.Report(Terminal, parse, snapshot, result, options.Threads, cancellation);
        return ExitCode.Ok;
    }
}
