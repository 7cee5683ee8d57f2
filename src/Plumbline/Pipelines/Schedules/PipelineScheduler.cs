using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Schedules;

/// <summary>Starts runs when their schedules are due. Of any number of schedulers of a project on one store one is at it, under a lease. Thread-safe.</summary>
/// <param name="holder">Who schedules, for people.</param>
public sealed class PipelineScheduler(PipelineStore pipelines, PipelineCatalogue catalogue, string holder)
{
    /// <summary>Occurrences that are caught up with at a time.</summary>
    public const int MostCaughtUp = 1000;

    private const string Actor = "scheduler";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Missed = TimeSpan.FromMinutes(1);

    private readonly ScheduleStore _schedules = new(pipelines.Metadata, catalogue.Project, pipelines.Time);

    /// <summary>Whether this one is at it.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Schedules until it is stopped, or waits for whoever does.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var leases = new LeaseStore(pipelines.Metadata, pipelines.Time);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var held = await HeldLease.AcquireAsync(leases, $"pipeline-scheduler/{catalogue.Project}", holder, pipelines.Time, cancellation: stop).ConfigureAwait(false);
                await using (held.ConfigureAwait(false))
                    await ScheduleAsync(held, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
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
        foreach (var schedule in await _schedules.DueAsync(stop).ConfigureAwait(false))
        {
            // Another program has the code.
            if (catalogue.All.Any(pipeline => pipeline.Name == schedule.Schedule.Pipeline))
                started += await StartAsync(schedule, stop).ConfigureAwait(false);
        }
        return started;
    }

    private async Task ScheduleAsync(HeldLease held, CancellationToken stop)
    {
        IsActive = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, held.Lost);
        using var timer = new PeriodicTimer(Look, pipelines.Time);
        do
            await TickAsync(either.Token).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(either.Token).ConfigureAwait(false));
    }

    private async Task<int> StartAsync(StoredSchedule stored, CancellationToken stop)
    {
        var (schedule, now) = (stored.Schedule, pipelines.Time.GetUtcNow());
        var times = schedule.Times();
        var (started, fault) = (0, "");
        try
        {
            foreach (var at in Due(stored, times, now))
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
        await _schedules.MoveOnAsync(stored, times.Next(now) ?? DateTimeOffset.MaxValue, fault, stop).ConfigureAwait(false);
        return started;
    }

    /// <summary>Of an occurrence of a schedule.</summary>
    internal static string KeyOf(string schedule, DateTimeOffset at) => FormattableString.Invariant($"schedule {schedule} {at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");

    private static IEnumerable<DateTimeOffset> Due(StoredSchedule stored, CronTimes times, DateTimeOffset now)
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
