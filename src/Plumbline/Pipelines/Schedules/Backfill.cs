using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Schedules;

/// <summary>Runs of a pipeline for times that are over.</summary>
public static class Backfill
{
    public const int MostRuns = 1000;

    /// <summary>Intervals between occurrences that begin in a range.</summary>
    /// <exception cref="ArgumentException">There are none, or more than <see cref="MostRuns"/>.</exception>
    public static IReadOnlyList<RunInterval> Intervals(CronTimes times, DateTimeOffset from, DateTimeOffset until) =>
        Checked(times.Between(from, until).Select(start => times.Next(start) is { } end ? new RunInterval(start, end) : null).OfType<RunInterval>());

    /// <summary>Intervals of one length that begin in a range.</summary>
    /// <inheritdoc cref="Intervals(CronTimes, DateTimeOffset, DateTimeOffset)" path="/exception"/>
    public static IReadOnlyList<RunInterval> Intervals(TimeSpan every, DateTimeOffset from, DateTimeOffset until) =>
        Checked(Enumerable.Range(0, MostRuns + 1).Select(i => from + (i * every)).TakeWhile(start => start < until).Select(start => new RunInterval(start, start + every)));

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

    private static RunInterval[] Checked(IEnumerable<RunInterval> intervals) => intervals.Take(MostRuns + 1).ToArray() switch
    {
        [] => throw new ArgumentException("No interval begins in that range; --from is before --until, and the schedule occurs between them."),
        { Length: > MostRuns } => throw new ArgumentException($"More than {MostRuns} intervals begin in that range; backfill it in parts."),
        var some => some,
    };
}
