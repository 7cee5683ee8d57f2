using Plumbline.Pipelines.Retention;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Schedules;

/// <summary>Starts runs when their schedules are due. Of any number of schedulers of a project on one store one is at it, under a lease. Thread-safe.</summary>
/// <param name="holder">Who schedules, for people.</param>
public sealed class PipelineScheduler(PipelineStore pipelines, PipelineCatalogue catalogue, string holder)
{
    private const string Actor = "scheduler";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Missed = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    private readonly ScheduleStore _schedules = new(pipelines.Metadata, catalogue.Project, pipelines.Time);
    private long? _pruned;

    /// <summary>Occurrences that are caught up with at a time.</summary>
    public int MostCaughtUp { get; init; } = 1000;

    /// <summary>Whether this one is at it.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Removes old runs, a little between looks; null: nobody does.</summary>
    public RunPruner? Pruner { get; init; }

    /// <summary>Told why old runs stay, from any thread.</summary>
    public Action<string>? PruneFailed { get; init; }

    /// <summary>The lease under which a project is scheduled.</summary>
    internal static string LeaseOf(string project) => $"pipeline-scheduler/{project}";

    /// <summary>Schedules until it is stopped, or waits for whoever does.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var leases = new LeaseStore(pipelines.Metadata, pipelines.Time);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var held = await HeldLease.AcquireAsync(leases, LeaseOf(catalogue.Project), holder, pipelines.Time, cancellation: stop).ConfigureAwait(false);
                await using (held.ConfigureAwait(false))
                    await ScheduleAsync(held, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Stopped, or the lease was lost: then it is taken anew.
            }
            catch (MetadataException)
            {
                // The store comes back, or the worker beside says that it does not.
                await Task.Delay(Look, pipelines.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                IsActive = false;
            }
        }
    }

    /// <summary>Starts what is due now.</summary>
    /// <returns>Runs that were started.</returns>
    internal async Task<int> TickAsync(CancellationToken stop)
    {
        var started = 0;
        foreach (var stored in await _schedules.ListAsync(stop).ConfigureAwait(false))
        {
            // Of other pipelines another program has the code.
            if (!stored.IsPaused && catalogue.All.Any(pipeline => pipeline.Name == stored.Schedule.Pipeline))
                started += await LookAsync(stored, stop).ConfigureAwait(false);
        }
        return started;
    }

    private async Task ScheduleAsync(HeldLease held, CancellationToken stop)
    {
        IsActive = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, held.Lost);
        using var timer = new PeriodicTimer(Look, pipelines.Time);
        do
        {
            await TickAsync(either.Token).ConfigureAwait(false);
            await PruneAsync(either.Token).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(either.Token).ConfigureAwait(false));
    }

    /// <summary>One step, so that what is due never waits for long.</summary>
    private async Task PruneAsync(CancellationToken stop)
    {
        if (Pruner is null || (_pruned is { } last && pipelines.Time.GetElapsedTime(last) < PruneEvery))
            return;
        try
        {
            if (await Pruner.StepAsync(Actor, stop).ConfigureAwait(false))
                return;
        }
        catch (MetadataException exception)
        {
            PruneFailed?.Invoke(exception.Message);
        }
        _pruned = pipelines.Time.GetTimestamp();
    }

    private async Task<int> LookAsync(StoredSchedule stored, CancellationToken stop)
    {
        var now = pipelines.Time.GetUtcNow();
        CronTimes times;
        try
        {
            times = stored.Schedule.Times();
        }
        catch (ArgumentException exception)
        {
            // Its time zone may be unknown on this host alone; others go on.
            if (stored.Fault != exception.Message)
                await _schedules.MoveOnAsync(stored, stored.Next, exception.Message, stop).ConfigureAwait(false);
            return 0;
        }
        if (stored.Next <= now)
            return await StartAsync(stored, times, now, stop).ConfigureAwait(false);
        // The clock of whoever said so was ahead.
        if (times.Next(now) is { } next && next < stored.Next)
            await _schedules.MoveOnAsync(stored, next, stored.Fault, stop).ConfigureAwait(false);
        return 0;
    }

    private async Task<int> StartAsync(StoredSchedule stored, CronTimes times, DateTimeOffset now, CancellationToken stop)
    {
        var schedule = stored.Schedule;
        DateTimeOffset[] due = [.. Due(stored, times, now)];
        var (started, fault) = (0, "");
        if (due.Length > 0 && schedule.CatchUp != CatchUp.All && await pipelines.IsQueuedAsync(catalogue.Project, schedule.Pipeline, KeyOf(schedule.Name), stop).ConfigureAwait(false))
        {
            fault = FormattableString.Invariant($"{due[^1]:yyyy-MM-dd HH:mm}Z was left out, as the run before is still queued");
            due = [];
        }
        try
        {
            foreach (var at in due)
            {
                var request = new RunRequest(schedule.Parameters, new RunTrigger(TriggerKind.Schedule, Actor, $"schedule {schedule.Name}"))
                {
                    // However often it is asked for, an occurrence is one run.
                    Key = KeyOf(schedule.Name, at),
                    Interval = times.Previous(at) is { } before ? new RunInterval(before, at) : null,
                };
                await pipelines.StartAsync(catalogue.Get(schedule.Pipeline), request, stop).ConfigureAwait(false);
                started++;
            }
        }
        catch (ArgumentException exception)
        {
            fault = exception.Message;
        }
        // What is left to be caught up with is due at once.
        var next = started == MostCaughtUp ? times.Next(due[^1]) : times.Next(now);
        await _schedules.MoveOnAsync(stored, next ?? DateTimeOffset.MaxValue, fault, stop).ConfigureAwait(false);
        return started;
    }

    /// <summary>Of an occurrence of a schedule.</summary>
    internal static string KeyOf(string schedule, DateTimeOffset at) => FormattableString.Invariant($"{KeyOf(schedule)}{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");

    private static string KeyOf(string schedule) => $"schedule {schedule} ";

    private IEnumerable<DateTimeOffset> Due(StoredSchedule stored, CronTimes times, DateTimeOffset now)
    {
        var occurrences = times.Between(stored.Next, now.AddTicks(1));
        if (stored.Schedule.CatchUp == CatchUp.All)
            return occurrences.Take(MostCaughtUp);
        var last = times.Previous(now.AddTicks(1));
        if (last is null || last < stored.Next || (stored.Schedule.CatchUp == CatchUp.None && now - last > Missed))
            return [];
        return [last.Value];
    }
}
