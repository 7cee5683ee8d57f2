using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Schedules;

/// <summary>Runs of a pipeline for times that are over.</summary>
public static class Backfill
{
    public const int MostRuns = 1000;

    /// <summary>Intervals between occurrences that begin in a range, as far as they are over.</summary>
    /// <param name="now">What ends later is the schedule's: a run under its key would be taken for that of the occurrence.</param>
    /// <exception cref="ArgumentException">There are none, or more than <see cref="MostRuns"/>.</exception>
    public static IReadOnlyList<RunInterval> Intervals(CronTimes times, DateTimeOffset from, DateTimeOffset until, DateTimeOffset now) =>
        Checked(times.Between(from, until).Select(start => times.Next(start) is { } end ? new RunInterval(start, end) : null).OfType<RunInterval>(), now);

    /// <summary>Intervals of one length that begin in a range, as far as they are over.</summary>
    /// <inheritdoc cref="Intervals(CronTimes, DateTimeOffset, DateTimeOffset, DateTimeOffset)" path="/param|/exception"/>
    public static IReadOnlyList<RunInterval> Intervals(TimeSpan every, DateTimeOffset from, DateTimeOffset until, DateTimeOffset now) =>
        Checked(Enumerable.Range(0, MostRuns + 1).Select(i => from + (i * every)).TakeWhile(start => start < until).Select(start => new RunInterval(start, start + every)), now);

    /// <summary>Starts a run for each interval that a schedule has not run yet, with the schedule's parameters.</summary>
    /// <param name="parameters">Those that differ from the schedule's.</param>
    /// <exception cref="ArgumentException">It is a schedule of another pipeline, or the parameters are not the pipeline's.</exception>
    /// <inheritdoc cref="StartAsync(PipelineStore, Pipeline, string, IReadOnlyList{RunInterval}, JsonObject, RunTrigger, CancellationToken)" path="/returns"/>
    public static Task<IReadOnlyList<PipelineRun>> StartAsync(
        PipelineStore store, Pipeline pipeline, PipelineSchedule schedule, IReadOnlyList<RunInterval> intervals, JsonObject parameters, RunTrigger trigger, CancellationToken cancellation = default) =>
        schedule.Pipeline == pipeline.Name
            ? StartAsync(store, pipeline, schedule.Name, intervals, MergedParameters.Of(schedule.Parameters, parameters), trigger, cancellation)
            : throw new ArgumentException($"The schedule {schedule.Name} is of the pipeline {schedule.Pipeline}, not of {pipeline.Name}.");

    /// <summary>Starts a run for each interval that has none of this schedule yet.</summary>
    /// <param name="schedule">Whose intervals they are; those that it ran itself are not run again.</param>
    /// <returns>All of them, the oldest first, those that were there before among them.</returns>
    public static async Task<IReadOnlyList<PipelineRun>> StartAsync(
        PipelineStore store, Pipeline pipeline, string schedule, IReadOnlyList<RunInterval> intervals, JsonObject parameters, RunTrigger trigger, CancellationToken cancellation = default)
    {
        var runs = new List<PipelineRun>();
        foreach (var interval in intervals)
        {
            // A schedule runs an interval at its end.
            var request = new RunRequest(parameters, trigger) { Key = PipelineScheduler.KeyOf(schedule, interval.Until), Interval = interval };
            runs.Add(await store.StartAsync(pipeline, request, cancellation).ConfigureAwait(false));
        }
        return runs;
    }

    private static RunInterval[] Checked(IEnumerable<RunInterval> intervals, DateTimeOffset now) => intervals.TakeWhile(interval => interval.Until <= now).Take(MostRuns + 1).ToArray() switch
    {
        [] => throw new ArgumentException("No interval that is over begins in that range; --from is before --until, and the schedule occurs between them and before now."),
        { Length: > MostRuns } => throw new ArgumentException($"More than {MostRuns} intervals begin in that range; backfill it in parts."),
        var some => some,
    };
}
