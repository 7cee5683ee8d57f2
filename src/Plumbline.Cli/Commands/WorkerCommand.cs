using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Schedules;
using Plumbline.Pipelines.Workers;
using Plumbline.Projects;
using Plumbline.Server;

namespace Plumbline.Cli.Commands;

/// <summary>Takes tasks of the project's pipelines until it is stopped, and starts what is scheduled.</summary>
internal sealed class WorkerCommand : CliCommand
{
    private readonly Option<(string Pool, int Slots)[]?> _pools = new("--pool")
    {
        Description = "A pool and its slots, such as cpu=4 or gpu=1; repeatable (cpu: one a core, memory 1; wait 16 in any case)",
        HelpName = "NAME=N",
        CustomParser = ParsePools,
    };

    private readonly Option<string?> _project = ProjectPipelines.Option();
    private readonly Option<int?> _port = new("--port") { Description = "Answer /health, /readiness and /metrics on this port; 0 takes a free one", HelpName = "N" };
    private readonly Option<string?> _address = new("--address") { Description = "Where (127.0.0.1); another one needs an API key of the project", HelpName = "IP" };
    private readonly Option<TimeSpan?> _lease = new("--lease") { Description = "After which others take over from this worker if it dies or stands still (12s)", HelpName = "TIME", CustomParser = Durations.Parse };
    private readonly Option<bool> _noSchedule = new("--no-schedule") { Description = "Start nothing that is scheduled" };

    public WorkerCommand(Terminal terminal)
        : base(terminal, "worker", "Work at runs of pipelines until stopped, beside any number of others")
    {
        foreach (var option in new Option[] { _pools, _project, _port, _address, _lease, _noSchedule })
            Options.Add(option);
        Examples = ["worker", "worker --pool cpu=4 --pool memory=1 --port 9100", "worker --store postgres://plumbline@db/plumbline --artifacts s3://models/here"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        using var telemetry = CommandTelemetry.Open(Terminal);
        await using var pipelines = ProjectPipelines.Open(parse, parse.GetValue(_project), Terminal.Time);
        await using var workspace = Workspace.Open(pipelines.Home, Terminal.Time);
        var options = new PipelineWorkerOptions();
        options = options with { Lease = parse.GetValue(_lease) ?? options.Lease };
        if (parse.GetValue(_pools) is { Length: > 0 } pools)
            options = options with { Pools = WithWait(pools) };
        try
        {
            options.Validate();
            foreach (var schedule in parse.GetValue(_noSchedule) ? [] : pipelines.Project.Schedules)
            {
                pipelines.Catalogue.Get(schedule.Pipeline).Check(schedule.Parameters);
                await pipelines.Schedules(workspace, Terminal.Time).SetAsync(schedule, Champion.Actor, cancellation);
            }
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
        var worker = new PipelineWorker(workspace.Pipelines, pipelines.Catalogue, options, workspace.Home);
        var pruner = pipelines.Pruner(workspace, pipelines.Project.Retention);
        var scheduler = parse.GetValue(_noSchedule) ? null : new PipelineScheduler(workspace.Pipelines, pipelines.Catalogue, options.Name)
        {
            Pruner = pruner,
            PruneFailed = fault => Terminal.Error.WriteLine($"Old runs stay for now: {fault}"),
        };
        await using var server = parse.GetValue(_port) is { } port ? await ListenAsync(Serving.WorkerOptions(pipelines.Project.Server, port, parse.GetValue(_address)) with { Telemetry = telemetry, Watched = new WatchedProject(workspace.Store, pipelines.Catalogue, pipelines.Project.Model) }, worker, scheduler, cancellation) : null;
        worker.Progress = new WorkerLines(Terminal, server?.Progress);
        Terminal.Error.WriteLine($"Working at {string.Join(", ", pipelines.Catalogue.All.Select(pipeline => pipeline.Name))} with {string.Join(", ", options.Pools.Select(pool => FormattableString.Invariant($"{pool.Key}={pool.Value}")))}{(server is null ? "" : $"; tells how it is on {server.Address}")} (Ctrl-C stops)");
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["worker"] = options.Name, ["url"] = server?.Address.ToString() });
        var retraining = new RetrainingMonitor(ProjectCatalogue.RetrainingOf(pipelines.Project, pipelines.Home, pipelines.Catalogue), workspace.Pipelines, options.Name)
        {
            Failed = fault => Terminal.Error.WriteLine($"Retraining waits: {fault}"),
        };
        List<Func<CancellationToken, Task>> parts = [worker.RunAsync, retraining.RunAsync, pruner.SweepAsync];
        if (scheduler is not null)
            parts.Add(scheduler.RunAsync);
        await WorkAsync(parts, cancellation);
        return ExitCode.Ok;
    }

    /// <summary>A process of which a part has failed ends, for whoever keeps it running to start another: half of it would look alive.</summary>
    private static async Task WorkAsync(IReadOnlyList<Func<CancellationToken, Task>> parts, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = parts.Select(part => part(stop.Token)).ToArray();
        await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }

    /// <summary>What waits costs nothing, so that every worker takes it.</summary>
    private static Dictionary<string, int> WithWait((string Pool, int Slots)[] pools)
    {
        var slots = pools.ToDictionary(pool => pool.Pool, pool => pool.Slots, StringComparer.Ordinal);
        slots.TryAdd(WorkerPools.Wait, WorkerPools.Default[WorkerPools.Wait]);
        return slots;
    }

    private static async Task<WorkerServer> ListenAsync(WorkerServerOptions options, PipelineWorker worker, PipelineScheduler? scheduler, CancellationToken cancellation)
    {
        WorkerServer? server = null;
        await Serving.ListenAsync(options, async () => server = await WorkerServer.StartAsync(options, worker, scheduler, cancellation: cancellation));
        return server!;
    }

    private static (string, int)[]? ParsePools(ArgumentResult result)
    {
        var pools = new List<(string Pool, int Slots)>();
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            if (text.Split('=') is not [{ Length: > 0 } name, var number] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var slots) || slots < 1 || pools.Exists(pool => pool.Pool == name))
            {
                result.AddError($"'{text}' is no pool with its slots, once; write one such as {WorkerPools.Cpu}=4.");
                return null;
            }
            pools.Add((name, slots));
        }
        return [.. pools];
    }
}
