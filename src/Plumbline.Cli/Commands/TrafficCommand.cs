using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference.Routing;
using Plumbline.Projects;

namespace Plumbline.Cli.Commands;

internal sealed class TrafficCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };

    public TrafficCommand(Terminal terminal)
        : base(terminal, "traffic", "Which versions of a model answer, and each for how much")
    {
        Arguments.Add(_name);
        Subcommands.Add(new TrafficSetCommand(terminal));
        Examples = ["traffic reviews", "traffic set reviews --candidate challenger=10% --unit user", "traffic set reviews"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        await ReportAsync(Terminal, parse, workspace, parse.GetRequiredValue(_name), cancellation);
        return ExitCode.Ok;
    }

    public static async Task ReportAsync(Terminal terminal, ParseResult parse, Workspace workspace, string name, CancellationToken cancellation)
    {
        var planned = await new TrafficPlans(workspace.Store, terminal.Time).ResolveAsync(name, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonObject
            {
                ["model"] = name,
                ["revision"] = planned.Revision,
                ["plan"] = JsonNode.Parse(planned.Plan.ToJson()),
                ["versions"] = new JsonArray([.. Rows(planned).Select(row => new JsonObject { ["role"] = row.Role, ["version"] = row.Version, ["share"] = row.Share })]),
                ["faults"] = new JsonArray([.. planned.Faults.Select(fault => (JsonNode)fault)]),
            });
            return;
        }
        Tables.Write(terminal, ["Role", "Named", "Version>", "Share>"], Rows(planned).Select(row => new[]
        {
            row.Role, row.Named, row.Version.ToString(CultureInfo.InvariantCulture), row.Share.ToString("p1", CultureInfo.InvariantCulture),
        }));
        foreach (var fault in planned.Faults)
            terminal.Error.WriteLine(fault);
    }

    private static IEnumerable<(string Role, string Named, long Version, double Share)> Rows(PlannedTraffic planned)
    {
        yield return ("stable", planned.Plan.Stable, planned.Stable.Version, 1 - planned.Candidates.Sum(candidate => candidate.Share));
        foreach (var candidate in planned.Candidates)
            yield return ("candidate", candidate.Named, candidate.Version.Version, candidate.Share);
        foreach (var shadow in planned.Shadows)
            yield return ("shadow", shadow.Named, shadow.Version.Version, shadow.Share);
    }
}

internal sealed class TrafficSetCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Option<string> _stable = new("--stable") { Description = "Alias or number of what answers the rest (champion)", HelpName = "V", DefaultValueFactory = static _ => TrafficPlan.DefaultStable };
    private readonly Option<string[]> _candidates = new("--candidate") { Description = "Version and its share, such as challenger=10% or 7=0.1; repeatable", HelpName = "V=SHARE" };
    private readonly Option<string[]> _shadows = new("--shadow") { Description = "As --candidate, for one that answers unseen; repeatable", HelpName = "V=SHARE" };
    private readonly Option<RoutingUnit?> _unit = new("--unit") { Description = "What is assigned to a version: request, user or item; else the project's, request", HelpName = "UNIT" };
    private readonly Option<string?> _salt = new("--salt") { Description = "Another one assigns anew; else the project's, none", HelpName = "TEXT" };
    private readonly Option<long?> _expect = new("--expect") { Description = "Only if the plan has this revision now; 0 if there is none", HelpName = "N" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public TrafficSetCommand(Terminal terminal)
        : base(terminal, "set", "Replace the traffic plan; servers follow at once")
    {
        Arguments.Add(_name);
        foreach (var option in new Option[] { _stable, _candidates, _shadows, _unit, _salt, _expect, _reason })
            Options.Add(option);
        Examples = ["traffic set reviews --candidate challenger=10%", "traffic set reviews --candidate 7=5% --candidate 8=5% --unit user --salt november", "traffic set reviews --reason \"challenger was slow\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var defaults = Project.Find(Environment.CurrentDirectory)?.Traffic;
        var plan = new TrafficPlan
        {
            Stable = parse.GetRequiredValue(_stable),
            Candidates = [.. (parse.GetValue(_candidates) ?? []).Select(text => Share("--candidate", text))],
            Shadows = [.. (parse.GetValue(_shadows) ?? []).Select(text => Share("--shadow", text))],
            Unit = parse.GetValue(_unit) ?? defaults?.Unit ?? RoutingUnit.Request,
            Salt = parse.GetValue(_salt) ?? defaults?.Salt ?? "",
        };
        var name = parse.GetRequiredValue(_name);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var stored = await new TrafficPlans(workspace.Store, Terminal.Time).SetAsync(name, plan, parse.GetValue(_expect), Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        Terminal.Error.WriteLine($"The traffic plan of {name} has revision {stored.Revision}");
        await TrafficCommand.ReportAsync(Terminal, parse, workspace, name, cancellation);
        return ExitCode.Ok;
    }

    private static TrafficShare Share(string option, string text)
    {
        var at = text.LastIndexOf('=');
        var isPercent = text.EndsWith('%');
        var number = text.AsSpan(at + 1).TrimEnd('%');
        return at > 0 && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share)
            ? new TrafficShare(text[..at], isPercent ? share / 100 : share)
            : throw CliException.Usage($"{option} {text}: write a version and its share, such as challenger=10% or 7=0.1.");
    }
}
