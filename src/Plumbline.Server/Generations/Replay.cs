using System.IO.Hashing;
using System.Text;
using Plumbline.Inference.Logging;
using Plumbline.Rollouts;
using Plumbline.Statistics;

namespace Plumbline.Server.Generations;

/// <summary>Has the stable version and the candidate of a canary answer logged requests again, unseen by callers.</summary>
internal static class Replay
{
    /// <summary>Requests that are answered again: the last ones that have their text.</summary>
    public const int Most = 2000;

    /// <summary>
    /// What both versions make of what this host logged. Its measurements are those of the step and the host, whichever process there makes them and however often: they count once.
    /// </summary>
    /// <param name="folder">Of prediction logs of this host.</param>
    /// <param name="serving">Entered by the caller; it has both versions.</param>
    /// <returns>None where nothing was logged with its text.</returns>
    public static IReadOnlyList<Measurement> Run(StoredRollout rollout, TimeSpan back, string folder, ServingSet serving, TimeProvider time, CancellationToken stop)
    {
        var candidate = CandidateOf(rollout, serving)!.Generation.Model;
        var (stable, mine) = (new ReplayedVersion(serving.Stable.Generation.Model, time), new ReplayedVersion(candidate, time));
        var (compared, rows, now) = (new ComparedRows(candidate.Predictor.Labels), 0, time.GetUtcNow());
        foreach (var logged in Last(folder, rollout.Model, now - back, now, stop))
        {
            stop.ThrowIfCancellationRequested();
            var (text, unit) = (Encoding.UTF8.GetBytes(logged.Text!), UnitOf(logged, rollout.Definition.Unit));
            var (first, second) = (stable.Answer(logged, text, unit), mine.Answer(logged, text, unit));
            if (first >= 0 && second >= 0)
                compared.Add(logged.Id, first, stable.Probabilities, second, mine.Probabilities);
            rows++;
        }
        if (rows == 0)
            return [];
        var sums = mine.Sums() with { Compared = compared.Sums(), OutputDrift = Divergence.JensenShannonDistance(mine.Shares, stable.Shares) };
        return [Measured(rollout, rollout.Definition.Stable, folder, stable.Sums()), Measured(rollout, rollout.Definition.Candidates[0].Version, folder, sums)];
    }

    /// <summary>Whether a set has both versions, loaded and ready.</summary>
    public static bool CanRun(StoredRollout rollout, ServingSet serving) => CandidateOf(rollout, serving) is not null && serving.Stable.Generation.Model.Version == rollout.Definition.Stable;

    private static ServedArm? CandidateOf(StoredRollout rollout, ServingSet serving) => serving.Arms.FirstOrDefault(arm => arm.Generation.Model.Version == rollout.Definition.Candidates[0].Version);

    private static Measurement Measured(StoredRollout rollout, string version, string folder, VersionSums sums)
    {
        var began = rollout.State.StepStarts[^1];
        var host = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{Environment.MachineName} {Path.GetFullPath(folder)}"));
        return new Measurement(version, FormattableString.Invariant($"{host:x16}/replay"), began, began.AddMilliseconds(1), Replayed: true, sums);
    }

    private static ulong UnitOf(LoggedPrediction logged, RolloutUnit unit) =>
        (unit == RolloutUnit.User ? logged.User : unit == RolloutUnit.Item ? logged.Item : null) is { } key ? XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(key)) : 0;

    /// <summary>The last ones of the model with a text, an hour at a time from the last one back, so that a log of any length costs little. Servers of other models may log to the same folder.</summary>
    private static List<LoggedPrediction> Last(string folder, string model, DateTimeOffset from, DateTimeOffset until, CancellationToken stop)
    {
        var (found, versions) = (new List<LoggedPrediction>(), $"{model}/");
        for (var end = until; end > from && found.Count < Most; end = end.AddHours(-1))
        {
            var begin = end.AddHours(-1) > from ? end.AddHours(-1) : from;
            var ofHour = new Queue<LoggedPrediction>();
            foreach (var logged in PredictionLogReader.Read(folder, new PredictionQuery(begin, end)))
            {
                stop.ThrowIfCancellationRequested();
                if (logged.Text is null || !logged.Version.StartsWith(versions, StringComparison.Ordinal))
                    continue;
                ofHour.Enqueue(logged);
                if (ofHour.Count > Most)
                    ofHour.Dequeue();
            }
            found.AddRange(ofHour.OrderByDescending(logged => logged.Time).ThenBy(logged => logged.Id).Take(Most - found.Count));
        }
        return found;
    }
}
