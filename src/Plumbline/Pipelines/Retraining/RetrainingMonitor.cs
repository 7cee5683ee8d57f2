using Plumbline.Pipelines.Runs;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Telemetry;
using Plumbline.Tuning;

namespace Plumbline.Pipelines.Retraining;

/// <summary>
/// Looks after the retraining of a model: begins cycles as the policy says, and follows them. Of any number of processes on one store one is at it, under a lease, and what one that slept
/// past the end of its lease wants to change is refused. Thread-safe.
/// </summary>
/// <param name="holder">Who does it, for people.</param>
public sealed class RetrainingMonitor(RetrainingPlan plan, PipelineStore pipelines, string holder)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly RetrainingStore _cycles = new(pipelines.Metadata, pipelines.Time);
    private readonly ModelRegistry _registry = new(pipelines.Metadata, static _ => true, pipelines.Time);
    private readonly SignalReader _signals = new(plan, pipelines.Metadata, pipelines.Time);
    private DateTimeOffset _looked = DateTimeOffset.MinValue;

    /// <summary>Told why it cannot look, from any thread; not the same twice in a row.</summary>
    public Action<string>? Failed { get; init; }

    /// <summary>Why nothing is begun; null where something was, or another process is at it.</summary>
    public string? Waiting { get; private set; }

    private string Model => plan.Training.Model;

    /// <summary>Works until it is stopped, or waits for whoever does.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var (leases, told) = (new LeaseStore(pipelines.Metadata, pipelines.Time), "");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var held = await HeldLease.AcquireAsync(leases, $"retraining/{Model}", holder, pipelines.Time, cancellation: stop).ConfigureAwait(false);
                await using (held.ConfigureAwait(false))
                    await WorkAsync(held, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Stopped, or the lease was lost: then it is taken anew.
            }
            catch (LeaseLostException)
            {
                // Another one is at it.
            }
            // Whatever it is, the next look may find it mended.
            catch (Exception exception)
            {
                if (told != exception.Message)
                    Failed?.Invoke(told = exception.Message);
                await Task.Delay(Look, pipelines.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            Waiting = null;
        }
    }

    /// <summary>Does what is to be done now.</summary>
    /// <param name="lease">Token of the lease that is held.</param>
    internal async Task TickAsync(long lease, CancellationToken cancellation)
    {
        if (await _cycles.FindOpenAsync(Model, cancellation).ConfigureAwait(false) is { } open)
        {
            await new CycleFollower(plan, pipelines, _cycles).FollowAsync(open, lease, cancellation).ConfigureAwait(false);
            return;
        }
        var now = pipelines.Time.GetUtcNow();
        // Either way: where the clock was set back, the last look seems to be one to come.
        if ((now - _looked).Duration() < plan.Policy.Every)
            return;
        _looked = now;
        if (await ChampionAsync(cancellation).ConfigureAwait(false) is not { } champion)
            return;
        var cycles = await _cycles.ListAsync(Model, cancellation).ConfigureAwait(false);
        var (signals, labels) = await _signals.ReadAsync(champion, cycles is [var last, ..] ? last : null, cancellation).ConfigureAwait(false);
        var verdict = RetrainingDecider.Decide(plan.Policy, cycles, signals, labels, now);
        Waiting = verdict.Step == RetrainingStep.Wait ? verdict.Why : null;
        if (verdict.Step == RetrainingStep.Wait)
            return;
        await Spans.RunAsync("retraining.decide", async span =>
        {
            var cycle = await _cycles.BeginAsync(Model, FormattableString.Invariant($"{champion.Name}/{champion.Version}"), verdict, lease, cancellation).ConfigureAwait(false);
            span?.SetTag("plumbline.model", Model).SetTag("plumbline.cycle", cycle.Id).SetTag("plumbline.outcome", RunWords.Of(cycle.State));
            return cycle;
        }).ConfigureAwait(false);
    }

    private async Task WorkAsync(HeldLease held, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, held.Lost);
        using var timer = new PeriodicTimer(plan.Policy.Every < Look ? plan.Policy.Every : Look, pipelines.Time);
        do
            await TickAsync(held.Lease.Token, either.Token).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(either.Token).ConfigureAwait(false));
    }

    /// <returns>Null where there is none yet.</returns>
    private async Task<ModelVersion?> ChampionAsync(CancellationToken cancellation)
    {
        try
        {
            return await _registry.ResolveAsync($"{Model}@{plan.Training.Alias}", cancellation).ConfigureAwait(false);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            return null;
        }
    }
}
