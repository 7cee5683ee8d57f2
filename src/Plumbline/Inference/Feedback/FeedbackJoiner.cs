using Plumbline.Inference.Logging;

namespace Plumbline.Inference.Feedback;

/// <summary>Joins feedback with the predictions of a folder. Any number of processes may do so; for one caller at a time.</summary>
/// <param name="folder">Of prediction logs.</param>
/// <param name="retention">How long a prediction is looked for, and joined feedback is kept.</param>
public sealed class FeedbackJoiner(FeedbackStore store, string folder, TimeSpan retention, TimeProvider time)
{
    private const int MostAtATime = 5000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RemovalPeriod = TimeSpan.FromHours(1);

    private DateTimeOffset _removed = DateTimeOffset.MinValue;

    /// <summary>Looks for all predictions whose turn it is.</summary>
    /// <returns>Changes made.</returns>
    /// <exception cref="Storage.MetadataException">The store does not answer; what was done is kept.</exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="Datasets.DatasetException">A file of it cannot.</exception>
    public async Task<int> JoinAsync(CancellationToken cancellation = default)
    {
        var changes = 0;
        foreach (var process in await store.WaitingProcessesAsync(cancellation).ConfigureAwait(false))
        {
            if (!PredictionFolder.Knows(folder, process))
                continue;
            while (await store.WaitingAsync(process, MostAtATime, cancellation).ConfigureAwait(false) is { Count: > 0 } waiting)
                changes += await store.SettleAsync(Look(waiting), LongestPause, cancellation).ConfigureAwait(false);
        }
        await ForgetAsync(cancellation).ConfigureAwait(false);
        return changes;
    }

    private List<JoinedFeedback> Look(List<WaitingFeedback> waiting)
    {
        var found = PredictionLogReader.Find(folder, [.. waiting.Select(one => one.PredictionId)]);
        return [.. waiting.Select(one => found.TryGetValue(one.PredictionId, out var prediction) ? new JoinedFeedback(one, prediction, Fault(prediction, one.Label)) : new JoinedFeedback(one, null, null))];
    }

    private static string? Fault(LoggedPrediction prediction, string label) =>
        prediction.Labels.Contains(label, StringComparer.Ordinal) ? null : $"the label is none of {prediction.Version}'s";

    private async Task ForgetAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (now - _removed < RemovalPeriod)
            return;
        var cut = now - retention;
        while (await store.WaitingSinceAsync(cut, MostAtATime, cancellation).ConfigureAwait(false) is { Count: > 0 } waiting)
        {
            var fault = FormattableString.Invariant($"no prediction of this id was found within {retention.TotalDays:0.##} days");
            await store.SettleAsync([.. waiting.Select(one => new JoinedFeedback(one, null, fault))], LongestPause, cancellation).ConfigureAwait(false);
        }
        await store.RemoveBeforeAsync(cut, cancellation).ConfigureAwait(false);
        _removed = now;
    }
}
