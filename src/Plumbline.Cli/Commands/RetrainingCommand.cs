using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Retraining;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class RetrainingCommand : CliCommand
{
    private readonly Option<string?> _model = new("--model") { Description = "Only of this model", HelpName = "NAME" };

    public RetrainingCommand(Terminal terminal)
        : base(terminal, "retraining", "Cycles of retraining: what moved, what was tried, how it ended")
    {
        Options.Add(_model);
        Subcommands.Add(new RetrainingListCommand(terminal));
        Subcommands.Add(new RetrainingShowCommand(terminal));
        Subcommands.Add(new RetrainingAnswerCommand(terminal, "approve", "Let a cycle begin that was proposed", (cycles, id, reason, stop) => cycles.ApproveAsync(id, Champion.Actor, reason, stop)));
        Subcommands.Add(new RetrainingAnswerCommand(terminal, "reject", "End a cycle that was proposed", (cycles, id, reason, stop) => cycles.RejectAsync(id, Champion.Actor, reason, stop)));
        Examples = ["retraining", "retraining show 0199a1de…", "retraining approve 0199a1de… --reason \"as agreed\""];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => RetrainingListCommand.ListAsync(Terminal, parse, parse.GetValue(_model), cancellation);
}

internal sealed class RetrainingListCommand : CliCommand
{
    private readonly Option<string?> _model = new("--model") { Description = "Only of this model", HelpName = "NAME" };

    public RetrainingListCommand(Terminal terminal)
        : base(terminal, "list", "Cycles, the newest first")
    {
        Options.Add(_model);
        Examples = ["retraining list", "retraining list --model reviews --json"];
    }

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, string? model, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var cycles = await new RetrainingStore(workspace.Store, terminal.Time).ListAsync(model, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonArray([.. cycles.Select(cycle => JsonNode.Parse(cycle.ToJson()))]));
            return ExitCode.Ok;
        }
        Tables.Write(terminal, ["Cycle", "Model", "State", "Begun by", "Challenger", "Created"], cycles.Select(cycle => new[]
        {
            cycle.Id, cycle.Model, Names.Of(cycle.State), Names.Of(cycle.Trigger), cycle.Challenger ?? "", RunTables.Time(cycle.Created),
        }));
        return ExitCode.Ok;
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, parse.GetValue(_model), cancellation);
}

internal sealed class RetrainingShowCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Cycle, or its first digits" };
    private readonly Option<string?> _html = new("--html") { Description = "Where a page goes", HelpName = "F" };

    public RetrainingShowCommand(Terminal terminal)
        : base(terminal, "show", "The story of a cycle")
    {
        Arguments.Add(_id);
        Options.Add(_html);
        Examples = ["retraining show 0199a1de…", "retraining show 0199a1de… --html story.html"];
    }

    public static void Report(Terminal terminal, ParseResult parse, RetrainingCycle cycle)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, JsonNode.Parse(cycle.ToJson())!);
            return;
        }
        foreach (var line in StoryLines.Of(cycle))
            terminal.Error.WriteLine(line);
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var cycle = await new RetrainingStore(workspace.Store, Terminal.Time).GetAsync(await StoredIds.RetrainingCycles.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), cancellation);
        if (parse.GetValue(_html) is { } file)
        {
            OutputFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(RetrainingPage.Render(cycle))));
            Terminal.Error.WriteLine($"Page      {Path.GetFullPath(file)}");
        }
        Report(Terminal, parse, cycle);
        return ExitCode.Ok;
    }
}

/// <summary>Approves or rejects a cycle.</summary>
internal sealed class RetrainingAnswerCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Cycle, or its first digits" };
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the story and the audit trail", HelpName = "TEXT", Required = true };
    private readonly Func<RetrainingStore, string, string, CancellationToken, Task<RetrainingCycle>> _answer;

    public RetrainingAnswerCommand(Terminal terminal, string name, string description, Func<RetrainingStore, string, string, CancellationToken, Task<RetrainingCycle>> answer)
        : base(terminal, name, description)
    {
        _answer = answer;
        Arguments.Add(_id);
        Options.Add(_reason);
        Examples = [$"retraining {name} 0199a1de… --reason \"discussed with the team\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var cycles = new RetrainingStore(workspace.Store, Terminal.Time);
        RetrainingShowCommand.Report(Terminal, parse, await _answer(cycles, await StoredIds.RetrainingCycles.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), parse.GetRequiredValue(_reason), cancellation));
        return ExitCode.Ok;
    }
}
