using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Rollouts;

namespace Plumbline.Cli.Commands;

internal sealed class RolloutCommand : CliCommand
{
    private readonly Option<string?> _model = new("--model") { Description = "Only of this model", HelpName = "NAME" };

    public RolloutCommand(Terminal terminal)
        : base(terminal, "rollout", "Canaries, A/B tests and bandits: how they stand, and why")
    {
        Options.Add(_model);
        Subcommands.Add(new RolloutStartCommand(terminal));
        Subcommands.Add(new RolloutShowCommand(terminal));
        Subcommands.Add(new RolloutApproveCommand(terminal));
        Subcommands.Add(new RolloutAbortCommand(terminal));
        Subcommands.Add(new RolloutPromoteCommand(terminal));
        Examples = ["rollout", "rollout start --candidate challenger", "rollout show reviews-4", "rollout abort reviews-4 --reason \"complaints\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var rollouts = await new RolloutStore(workspace.Store, Terminal.Time).ListAsync(parse.GetValue(_model), cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonArray([.. rollouts.Select(rollout => (JsonNode)rollout.ToJson(withState: false))]));
            return ExitCode.Ok;
        }
        Tables.Write(Terminal, ["Rollout", "Kind", "Stable", "Candidates", "Stands"], rollouts.Select(rollout => new[]
        {
            rollout.Definition.Name, rollout.Definition.Kind.ToString().ToLowerInvariant(), rollout.Definition.Stable, Shares(rollout), rollout.Words,
        }));
        return ExitCode.Ok;
    }

    public static void Report(Terminal terminal, ParseResult parse, StoredRollout rollout)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, rollout.ToJson(withState: true));
            return;
        }
        terminal.Error.WriteLine($"{rollout.Definition.Name}: {rollout.Words}; {rollout.Definition.Stable} beside {Shares(rollout)}");
        if (RolloutAnalysis.Report(rollout.Definition, rollout.State) is { } test)
            AbTestTables.Write(terminal, test);
        foreach (var entry in rollout.State.Journal)
        {
            terminal.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{entry.Until:yyyy-MM-dd HH:mm:ss}  step {entry.Step + 1}  {entry.Action.ToString().ToLowerInvariant()}{(entry.Analyses > 1 ? $", {entry.Analyses} times since {entry.From:HH:mm:ss}" : "")}"));
            foreach (var reason in entry.Reasons)
                terminal.Error.WriteLine($"    {reason}");
        }
    }

    private static string Shares(StoredRollout rollout) =>
        string.Join(", ", rollout.Definition.Candidates.Zip(rollout.State.Weights, (candidate, weight) => string.Create(CultureInfo.InvariantCulture, $"{candidate.Version} {weight:p1}")));
}

internal sealed class RolloutShowCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Rollout" };
    private readonly Option<string?> _html = new("--html") { Description = "Where a page goes", HelpName = "F" };

    public RolloutShowCommand(Terminal terminal)
        : base(terminal, "show", "What was measured and decided, and why; of an A/B test by slice, too")
    {
        Arguments.Add(_name);
        Options.Add(_html);
        Examples = ["rollout show reviews-4", "rollout show reviews-4 --html test.html", "rollout show reviews-4 --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var rollout = await new RolloutStore(workspace.Store, Terminal.Time).GetAsync(parse.GetRequiredValue(_name), cancellation);
        RolloutCommand.Report(Terminal, parse, rollout);
        if (parse.GetValue(_html) is { } file)
        {
            OutputFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(RolloutPage.Render(rollout))));
            Terminal.Error.WriteLine($"Page      {Path.GetFullPath(file)}");
        }
        return ExitCode.Ok;
    }
}

internal sealed class RolloutApproveCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Rollout" };
    private readonly Argument<int> _step = new("STEP") { Description = "From 1" };

    public RolloutApproveCommand(Terminal terminal)
        : base(terminal, "approve", "Let a step end that waits for approval")
    {
        Arguments.Add(_name);
        Arguments.Add(_step);
        Examples = ["rollout approve reviews-4 2"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var store = new RolloutStore(workspace.Store, Terminal.Time);
        RolloutCommand.Report(Terminal, parse, await store.ApproveAsync(parse.GetRequiredValue(_name), parse.GetValue(_step) - 1, Champion.Actor, cancellation: cancellation));
        return ExitCode.Ok;
    }
}

internal sealed class RolloutAbortCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Rollout" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the journal", HelpName = "TEXT" };

    public RolloutAbortCommand(Terminal terminal)
        : base(terminal, "abort", "Give all traffic back to the stable version")
    {
        Arguments.Add(_name);
        Options.Add(_reason);
        Examples = ["rollout abort reviews-4 --reason \"complaints\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var store = new RolloutStore(workspace.Store, Terminal.Time);
        RolloutCommand.Report(Terminal, parse, await store.AbortAsync(parse.GetRequiredValue(_name), Champion.Actor, parse.GetValue(_reason) ?? "no reason given", cancellation: cancellation));
        return ExitCode.Ok;
    }
}

internal sealed class RolloutPromoteCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Rollout" };
    private readonly Argument<string> _version = new("VERSION") { Description = "Candidate, such as reviews/4" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the journal", HelpName = "TEXT" };

    public RolloutPromoteCommand(Terminal terminal)
        : base(terminal, "promote", "Give all traffic to a candidate, whatever was measured")
    {
        Arguments.Add(_name);
        Arguments.Add(_version);
        Options.Add(_reason);
        Examples = ["rollout promote reviews-4 reviews/4 --reason \"approved by the board\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var store = new RolloutStore(workspace.Store, Terminal.Time);
        RolloutCommand.Report(
            Terminal, parse, await store.PromoteAsync(parse.GetRequiredValue(_name), parse.GetRequiredValue(_version), Champion.Actor, parse.GetValue(_reason) ?? "no reason given", cancellation: cancellation));
        return ExitCode.Ok;
    }
}
