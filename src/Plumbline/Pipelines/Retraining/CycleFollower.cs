using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Training;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Pipelines.Retraining;

/// <summary>Brings an open cycle on: lets it expire, gives it its run, and tells what the run did. What it does may be done again.</summary>
internal sealed class CycleFollower(RetrainingPlan plan, PipelineStore pipelines, RetrainingStore cycles)
{
    private const int LongestReason = 1000;

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(pipelines.Time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <param name="lease">Token of the lease under which it is followed.</param>
    /// <exception cref="MetadataException">The store does not answer.</exception>
    /// <exception cref="Tuning.LeaseLostException">The lease is over.</exception>
    public Task FollowAsync(RetrainingCycle cycle, long lease, CancellationToken cancellation) => cycle.State switch
    {
        CycleState.Proposed => ExpireAsync(cycle, lease, cancellation),
        CycleState.Approved => BeginAsync(cycle, lease, cancellation),
        _ => TellAsync(cycle, lease, cancellation),
    };

    private async Task ExpireAsync(RetrainingCycle cycle, long lease, CancellationToken cancellation)
    {
        if (Now - cycle.Created < plan.Policy.ApproveWithin)
            return;
        await cycles.ChangeAsync(
            cycle.Id, lease,
            found => found.State != CycleState.Proposed ? found : found with { State = CycleState.Expired, Ended = Now, Outcome = $"nobody approved it within {plan.Policy.ApproveWithin:c}" },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>However often it is asked for under this key, it is one run.</summary>
    private async Task BeginAsync(RetrainingCycle cycle, long lease, CancellationToken cancellation)
    {
        using var span = Spans.Continue("retraining.begin", cycle.TraceParent)?.SetTag("plumbline.model", cycle.Model).SetTag("plumbline.cycle", cycle.Id);
        var reason = AlertWords.Shorten(string.Join("; ", cycle.Why), LongestReason);
        var request = new RunRequest(ParametersOf(cycle), new RunTrigger(cycle.Trigger, cycle.RequestedBy, reason)) { Key = RetrainingStore.RunKey + cycle.Id };
        var run = await pipelines.StartAsync(plan.Catalogue.Get(TrainingGraph.PipelineName), request, cancellation).ConfigureAwait(false);
        var trace = cycle.TraceParent ?? Spans.TraceParent;
        await cycles.ChangeAsync(cycle.Id, lease, found => found with { State = CycleState.Running, Run = run.Id, Started = run.Created, TraceParent = trace }, cancellation).ConfigureAwait(false);
    }

    /// <summary>The same however often the run is asked for; who was asked may have answered days later, and the newest labels count.</summary>
    private static DateTimeOffset WindowEnd(RetrainingCycle cycle) => cycle.Approval?.At ?? cycle.Created;

    private JsonObject ParametersOf(RetrainingCycle cycle)
    {
        var data = plan.Policy.Data;
        var window = new LabelledWindow(WindowEnd(cycle) - data.Window, WindowEnd(cycle)) { Feedback = data.Feedback, HeldOut = data.HeldOut, LeastLabels = data.LeastLabels, LeastGain = data.LeastGain };
        var training = plan.Training with { Training = plan.Policy.Bounded(plan.Training.Training), Retraining = window, Promote = true };
        var parameters = JsonSerializer.SerializeToNode(training, TrainingJson.Default.TrainingParameters)!.AsObject();
        parameters["snapshot"] = null;
        return parameters;
    }

    private async Task TellAsync(RetrainingCycle cycle, long lease, CancellationToken cancellation)
    {
        if (await FindRunAsync(cycle, cancellation).ConfigureAwait(false) is not { } run)
        {
            await cycles.ChangeAsync(cycle.Id, lease, found => found with { State = CycleState.Failed, Ended = Now, Outcome = $"run {found.Run} is in the store no more" }, cancellation).ConfigureAwait(false);
            return;
        }
        var told = await ToldAsync(cycle, run, cancellation).ConfigureAwait(false);
        if (!run.IsDone)
        {
            await cycles.ChangeAsync(cycle.Id, lease, _ => told, cancellation).ConfigureAwait(false);
            return;
        }
        using var span = Spans.Continue("retraining.end", cycle.TraceParent)?.SetTag("plumbline.model", cycle.Model).SetTag("plumbline.cycle", cycle.Id);
        told = await EndedAsync(told, run, cancellation).ConfigureAwait(false);
        span?.SetTag("plumbline.outcome", RunWords.Of(told.State));
        await cycles.ChangeAsync(cycle.Id, lease, _ => told, cancellation).ConfigureAwait(false);
    }

    /// <returns>Null where it was removed: then nobody will say how it ended, and no other cycle could begin.</returns>
    private async Task<PipelineRun?> FindRunAsync(RetrainingCycle cycle, CancellationToken cancellation)
    {
        try
        {
            return await pipelines.GetAsync(cycle.Run!, cancellation).ConfigureAwait(false);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            return null;
        }
    }

    private async Task<RetrainingCycle> ToldAsync(RetrainingCycle cycle, PipelineRun run, CancellationToken cancellation)
    {
        var json = TrainingJson.Default;
        if (await OutputAsync("ingest", json.SnapshotOutput).ConfigureAwait(false) is { } data)
            cycle = cycle with { Data = new CycleData(data.Digest, data.Rows, cycle.Data?.Before ?? await SnapshotOfAsync(cycle.Champion, cancellation).ConfigureAwait(false), data.Labelled?.Rows ?? 0, data.Labelled?.HeldOut ?? 0, data.Labelled?.Basis) };
        if (await OutputAsync("families", json.IReadOnlyListString).ConfigureAwait(false) is { Count: > 0 } families)
        {
            var tuned = await Task.WhenAll(families.Select((_, item) => OutputAsync("tune", json.TunedFamily, item))).ConfigureAwait(false);
            cycle = cycle with { Tried = [.. tuned.OfType<TunedFamily>().Select(family => new TriedFamily(family.Family, family.Trials, family.MacroF1))] };
        }
        if (await OutputAsync("choose", json.TrainedOutput).ConfigureAwait(false) is { } trained)
            cycle = cycle with { Chosen = trained.Family };
        var evaluated = await OutputAsync("evaluate", json.EvaluatedOutput).ConfigureAwait(false);
        // Until a cycle was approved, or its run began, another version may have come into use.
        if (evaluated?.Champion is { } champion)
            cycle = cycle with { Champion = champion };
        if (evaluated is { Difference: { } difference, ChampionMacroF1: { } before, Low: { } low, High: { } high })
            cycle = cycle with { Comparison = new CycleComparison(before, evaluated.MacroF1, difference, low, high) };
        if (await OutputAsync("register", json.RegisteredOutput).ConfigureAwait(false) is { } registered)
            cycle = cycle with { Challenger = registered.Name };
        if (await OutputAsync("gates", json.GatesOutput).ConfigureAwait(false) is { } gates)
            cycle = cycle with { GateFailures = gates.Failures };
        if (await OutputAsync("promote", json.PromotedOutput).ConfigureAwait(false) is { } promoted)
            cycle = cycle with { Rollout = promoted.Rollout };
        return await OutputAsync("watch", json.WatchedOutput).ConfigureAwait(false) is { } watched ? cycle with { RolloutWords = watched.Words } : cycle;

        async Task<T?> OutputAsync<T>(string node, JsonTypeInfo<T> type, int item = 0)
            where T : class => (await pipelines.OutputAsync(run.Id, node, item, cancellation).ConfigureAwait(false))?.Deserialize(type);
    }

    private async Task<RetrainingCycle> EndedAsync(RetrainingCycle cycle, PipelineRun run, CancellationToken cancellation)
    {
        var (state, outcome) = await OutcomeAsync(cycle, run, cancellation).ConfigureAwait(false);
        return cycle with
        {
            State = state,
            Outcome = outcome,
            Ended = run.Ended ?? Now,
            Before = await LiveAsync(cycle.Champion, WindowEnd(cycle) - plan.Policy.Data.Window, cancellation).ConfigureAwait(false),
            After = await LiveAsync(cycle.Challenger, cycle.Created, cancellation).ConfigureAwait(false),
        };
    }

    private async Task<(CycleState State, string Outcome)> OutcomeAsync(RetrainingCycle cycle, PipelineRun run, CancellationToken cancellation)
    {
        var tasks = await pipelines.TasksAsync(run.Id, cancellation).ConfigureAwait(false);
        if (run.State != RunState.Succeeded)
        {
            var failed = tasks.FirstOrDefault(task => task.State == TaskState.Failed);
            return (CycleState.Failed, $"run {run.Id} {RunWords.Of(run.State)}{(failed is null ? "" : $": {failed.Name}: {failed.Reason}")}{await OfRolloutAsync(cycle, cancellation).ConfigureAwait(false)}");
        }
        if (tasks.FirstOrDefault(task => task is { Node: "ingest", State: TaskState.Skipped }) is { } ingest)
            return (CycleState.Refused, ingest.Reason);
        var evaluated = (await pipelines.OutputAsync(run.Id, "evaluate", cancellation: cancellation).ConfigureAwait(false))?.Deserialize(TrainingJson.Default.EvaluatedOutput);
        if (evaluated?.Refusal is { } refusal)
            return (CycleState.Refused, refusal);
        if (cycle.GateFailures.Count > 0)
            return (CycleState.Refused, $"{cycle.Challenger} fails gates: {string.Join("; ", cycle.GateFailures)}");
        var watched = (await pipelines.OutputAsync(run.Id, "watch", cancellation: cancellation).ConfigureAwait(false))?.Deserialize(TrainingJson.Default.WatchedOutput);
        if (watched is { Phase: not "promoted" })
            return (CycleState.RolledBack, $"rollout {cycle.Rollout} was {watched.Words}: {cycle.Champion} stays in use");
        return (CycleState.Promoted, cycle.Comparison is { } found
            ? FormattableString.Invariant($"{cycle.Challenger} is in use: macro-F1 {found.Difference:+0.000;-0.000} ({found.Low:0.000} to {found.High:0.000}) on {cycle.Data?.HeldOut:n0} held-out rows")
            : $"{cycle.Challenger} is in use");
    }

    /// <summary>A rollout is its own: it does not end with the run that began it.</summary>
    /// <returns>Empty where none goes on.</returns>
    private async Task<string> OfRolloutAsync(RetrainingCycle cycle, CancellationToken cancellation)
    {
        var rollouts = cycle.Rollout is null ? [] : await new RolloutStore(pipelines.Metadata, pipelines.Time).ListAsync(cycle.Model, cancellation).ConfigureAwait(false);
        return rollouts.Any(rollout => rollout.Definition.Name == cycle.Rollout && rollout.State.Phase == RolloutPhase.Running)
            ? $"; rollout {cycle.Rollout} goes on, and may bring {cycle.Challenger} into use: plumbline rollout abort {cycle.Rollout} ends it" : "";
    }

    private async Task<LiveScores?> LiveAsync(string? version, DateTimeOffset since, CancellationToken cancellation) =>
        version is null ? null : await new FeedbackScores(pipelines.Metadata).ReadAsync(version, since, cancellation).ConfigureAwait(false);

    /// <returns>Null where nobody knows, or the version is not there any more.</returns>
    private async Task<string?> SnapshotOfAsync(string? version, CancellationToken cancellation)
    {
        if (version is null)
            return null;
        try
        {
            var reference = ModelReference.Parse(version);
            return (await pipelines.Metadata.ReadAsync(connection => RegistryRows.Resolve(connection, reference), cancellation).ConfigureAwait(false)).SnapshotDigest;
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            return null;
        }
    }
}
