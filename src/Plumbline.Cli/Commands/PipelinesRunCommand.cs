using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Cli.Commands;

/// <summary>Starts a run and works at it until it ends, beside whatever workers there are; or leaves it to them.</summary>
internal sealed class PipelinesRunCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Pipeline" };
    private readonly Option<string?> _project = ProjectPipelines.Option();
    private readonly Option<string[]> _parameters = RunParameters.Option();
    private readonly Option<string[]> _force = new("--force") { Description = "Run this step though its result is there already; without a step: all; repeatable", HelpName = "STEP", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly Option<string?> _key = new("--key") { Description = "Asked for twice under one key, it is one run", HelpName = "TEXT" };
    private readonly Option<bool> _detach = new("--detach") { Description = "Leave it to workers, and return" };

    public PipelinesRunCommand(Terminal terminal)
        : base(terminal, "run", "Start a run, and work at it until it ends")
    {
        Arguments.Add(_name);
        foreach (var option in new Option[] { _project, _parameters, _force, _reason, _key, _detach })
            Options.Add(option);
        IsTraced = true;
        Examples = ["pipelines run training", "pipelines run training --param training.seed=7 --force choose", "pipelines run training --param snapshot=3f0c9a… --detach --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.Open(pipelines.Home, Terminal.Time);
        var request = new RunRequest(RunParameters.Parse(parse.GetValue(_parameters)), new RunTrigger(TriggerKind.Manual, Champion.Actor, parse.GetValue(_reason) ?? ""))
        {
            Key = parse.GetValue(_key),
            Forced = Forced(parse),
        };
        PipelineRun run;
        try
        {
            run = await workspace.Pipelines.StartAsync(pipelines.Catalogue.Get(parse.GetRequiredValue(_name)), request, cancellation);
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
        return parse.GetValue(_detach)
            ? await RunTables.ReportAsync(Terminal, parse, workspace, run, cancellation)
            : await RunWork.UntilEndAsync(Terminal, parse, workspace, pipelines.Catalogue, run, cancellation);
    }

    private string[] Forced(ParseResult parse) => parse.GetResult(_force) is not { Implicit: false } ? [] : parse.GetValue(_force) is { Length: > 0 } steps ? steps : [RunRequest.All];
}
