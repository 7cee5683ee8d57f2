using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Learning.Contests;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Tuning;
using Plumbline.Tuning.Pictures;

namespace Plumbline.Cli.Commands;

internal sealed class StudiesShowCommand : CliCommand
{
    private const string StudyFile = "study.html";

    private readonly Argument<string> _name = new("NAME") { Description = "Of a contest or of one of its studies, as studies list has it" };
    private readonly Option<string?> _html = new("--html") { Description = $"Write a page of its pictures there ({StudyFile} or {ContestPage.PageFile})", HelpName = "F" };
    private readonly Option<bool> _open = new("--open") { Description = "Write the page and open it in the browser" };

    public StudiesShowCommand(Terminal terminal)
        : base(terminal, "show", "A contest's families and who was chosen, or a study's trials with what became of each")
    {
        Arguments.Add(_name);
        Options.Add(_html);
        Options.Add(_open);
        Examples = ["studies show reviews/3f0c9a1b2c3d", "studies show reviews/3f0c9a1b2c3d/boosting", "studies show reviews/3f0c9a1b2c3d/boosting --open"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var name = parse.GetValue(_name)!;
        if ((await workspace.Studies.ListAsync(name, cancellation)).FirstOrDefault(study => study.Name == name) is { } study)
        {
            var contestOf = (await workspace.Contests.GetAsync(name, cancellation)).Request.Options.Contest!;
            WritePage(parse, StudyFile, () => StudyPage.Render(study, ContestPage.NamesOf(contestOf)));
            Show(parse, study);
            return ExitCode.Ok;
        }
        var (found, request) = await workspace.Contests.GetAsync(name, cancellation);
        if (found != name)
            throw new MetadataException(MetadataError.NotFound, $"Contest {found} has no study '{name[(found.Length + 1)..]}' yet. plumbline studies show {found} shows those it has.");
        var contest = await ContestSummary.ReadAsync(found, request, workspace.Artifacts, workspace.Tracking, workspace.Studies, cancellation);
        WritePage(parse, ContestPage.PageFile, () => ContestPage.Render(request.Experiment, contest.Report, contest.Studies));
        Show(parse, contest);
        return ExitCode.Ok;
    }

    private void Show(ParseResult parse, StudySummary study)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = StudiesCommand.ToJson(study);
            json["trials"] = new JsonArray([.. study.Trials.Select(trial => JsonNode.Parse(trial.ToJson()))]);
            JsonOutput.Write(Terminal, json);
            return;
        }
        Tables.Write(Terminal, ["Trial>", "State", "Value>", "Steps>", "Seconds>", "Parameters"], study.Trials.Select(trial => new[]
        {
            trial.Number.ToString(CultureInfo.InvariantCulture), $"{JsonOutput.NameOf(trial.State)}{(trial.Number == study.Best?.Number ? " ✓" : "")}",
            string.Join("  ", trial.Values.Select(value => value.ToString("f4", CultureInfo.InvariantCulture))),
            trial.Intermediate.Count > 0 ? trial.Intermediate[^1].Step.ToString(CultureInfo.InvariantCulture) : "",
            trial is { Started: { } started, Ended: { } ended } ? (ended - started).TotalSeconds.ToString("f1", CultureInfo.InvariantCulture) : "",
            trial.Reason is { } reason ? $"{trial.Parameters} ({reason})" : trial.Parameters.ToString(),
        }));
    }

    private void Show(ParseResult parse, ContestSummary contest)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, ToJson(contest));
            return;
        }
        ContestTable.Write(Terminal, contest.Report);
        if (contest.RunId is { } run)
            Terminal.Error.WriteLine($"Run       {run}");
        if (contest.RunId is null || contest.TrialsSince > 0)
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Open      {(contest.RunId is null ? "" : $"{contest.TrialsSince:n0} trials were run since; ")}plumbline studies resume {contest.Name} goes on and chooses"));
        foreach (var study in contest.Studies.OrderBy(study => study.Name, StringComparer.Ordinal))
            Terminal.Error.WriteLine($"Study     {study.Name}");
    }

    private static JsonObject ToJson(ContestSummary contest) => new()
    {
        ["name"] = contest.Name,
        ["experiment"] = contest.Request.Experiment,
        ["snapshot"] = contest.Request.Snapshot,
        ["chosen"] = contest.Report.Chosen,
        ["why"] = contest.Report.Why,
        ["run"] = contest.RunId,
        ["trials_since"] = contest.RunId is null ? null : contest.TrialsSince,
        ["families"] = new JsonArray([.. contest.Report.Families.Select(ToJson)]),
        ["studies"] = new JsonArray([.. contest.Studies.Select(StudiesCommand.ToJson)]),
    };

    private static JsonObject ToJson(FamilyStanding standing) => new()
    {
        ["family"] = standing.Family,
        ["study"] = standing.Study,
        ["trials"] = standing.Trials,
        ["pruned"] = standing.Pruned,
        ["failed"] = standing.Failed,
        ["macro_f1"] = standing.Best is { } best ? JsonOutput.Number(best.MacroF1) : null,
        ["log_loss"] = standing.Best is { } found ? JsonOutput.Number(found.LogLoss) : null,
        ["behind"] = standing.BehindBest is { } behind ? JsonOutput.Number(behind.Difference) : null,
        ["parameters"] = standing.Best is { } chosen ? JsonNode.Parse(JsonSerializer.Serialize(chosen.Candidate.Parameters)) : null,
        ["skipped"] = standing.Skipped,
    };

    private void WritePage(ParseResult parse, string usual, Func<string> render)
    {
        if (parse.GetValue(_html) is null && !parse.GetValue(_open))
            return;
        var page = Path.GetFullPath(parse.GetValue(_html) ?? usual);
        OutputFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(render())));
        Terminal.Error.WriteLine($"Page      {page}");
        if (parse.GetValue(_open))
            Browser.Open(Terminal, page);
    }
}
