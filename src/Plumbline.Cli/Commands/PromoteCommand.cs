using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Projects;
using Plumbline.Registry;
using Plumbline.Registry.Gates;

namespace Plumbline.Cli.Commands;

internal sealed class PromoteCommand : CliCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "name/3 or name@alias" };
    private readonly Option<string> _alias = new("--alias") { Description = "What to point to it (champion)", HelpName = "ALIAS", DefaultValueFactory = static _ => Champion.Alias };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly Option<string?> _project = new("--project") { Description = $"{Project.FileName} that declares the gates; else the one here", HelpName = "FILE" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what the gates say" };
    private readonly Option<bool> _override = new("--override") { Description = "Promote though gates fail; needs --reason" };

    public PromoteCommand(Terminal terminal)
        : base(terminal, "promote", "Point an alias to a version, if it passes the gates")
    {
        IsTraced = true;
        Arguments.Add(_version);
        Options.Add(_alias);
        Options.Add(_reason);
        Options.Add(_project);
        Options.Add(_dryRun);
        Options.Add(_override);
        Examples =
        [
            "promote reviews/3", "promote reviews/3 --dry-run", "promote reviews@challenger --reason \"won the A/B test\"",
            "promote reviews/3 --override --reason \"the champion leaks; see the incident\"",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var reason = parse.GetValue(_reason) ?? "";
        if (parse.GetValue(_override) && string.IsNullOrWhiteSpace(reason))
            throw CliException.Usage("--override needs --reason: say why the gates do not count.");
        var project = parse.GetValue(_project) is { } file ? Project.Load(file) : Project.Find(Environment.CurrentDirectory);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse, project), Terminal.Time);
        var version = await workspace.Registry.ResolveAsync(parse.GetRequiredValue(_version), cancellation);
        if (project is not null && project.Model != version.Name)
            throw CliException.Usage($"{project.File} is of the model '{project.Model}', so its gates say nothing of '{version.Name}'. Name another with --project.");
        var evaluation = await workspace.Promotions.EvaluateAsync(version.Name, version.Version, parse.GetValue(_alias)!, project?.Gates ?? new GateOptions(), cancellation);
        if (parse.GetValue(_dryRun))
            return Report(parse, evaluation, null, evaluation.Passed ? null : $"{version.Name}/{version.Version} would not be promoted: {GateTable.Failures(evaluation)}");
        await using var events = OpenLineageEvents.Open(workspace.Home, Terminal.Time, project);
        var (recorded, change) = await TrackedWork.PromoteAsync(
            events, version, evaluation.Alias, () => workspace.Promotions.PromoteAsync(evaluation, Champion.Actor, reason, parse.GetValue(_override), cancellation), static done => done.Change is not null);
        return Report(parse, recorded, change, change is null ? $"{version.Name}/{version.Version} was not promoted: {GateTable.Failures(recorded)}" : null);
    }

    private ExitCode Report(ParseResult parse, GateEvaluation evaluation, AliasChange? change, string? refusal)
    {
        GateTable.Write(Terminal, evaluation);
        if (refusal is not null)
            Terminal.Error.WriteLine($"error: {refusal}");
        else if (evaluation.Outcome == GateOutcome.Overridden)
            Terminal.Error.WriteLine($"Overridden, as recorded: {GateTable.Failures(evaluation)}");
        if (change is not null)
            AliasCommand.Tell(Terminal, change);
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = GateTable.ToJson(evaluation);
            json["previous"] = change?.Previous;
            json["changed"] = change?.Changed ?? false;
            if (refusal is not null)
                json["error"] = new JsonObject { ["code"] = JsonOutput.NameOf(ExitCode.Gates), ["message"] = refusal };
            JsonOutput.Write(Terminal, json);
        }
        return refusal is null ? ExitCode.Ok : ExitCode.Gates;
    }
}
