using System.Data.Common;
using System.Runtime.ExceptionServices;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Inference.Feedback;

/// <summary>Joins feedback with the predictions of a folder. Any number of processes may do so; for one caller at a time.</summary>
/// <param name="folder">Of prediction logs.</param>
/// <param name="retention">How long a prediction is looked for, and joined feedback is kept.</param>
/// <param name="shared">Where predictions of other hosts are looked for; null: nowhere.</param>
/// <param name="patience">How long feedback is left to the host that made its prediction, which joins it sooner; null: 15 seconds.</param>
/// <param name="settled">Is given what was joined, in one transaction with it; may run more than once, and does nothing outside the connection. Null: nobody is told.</param>
public sealed class FeedbackJoiner(
    FeedbackStore store, string folder, TimeSpan retention, TimeProvider time, SharedPredictions? shared = null, TimeSpan? patience = null, Action<DbConnection, IReadOnlyList<SettledFeedback>>? settled = null)
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(15);
    private const int MostAtATime = 5000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RemovalPeriod = TimeSpan.FromHours(1);

    private DateTimeOffset _removed = DateTimeOffset.MinValue;

    /// <summary>Looks for all predictions whose turn it is, those of this folder first: they wait for no other host, and for no file but their own.</summary>
    /// <returns>Changes made.</returns>
    /// <exception cref="MetadataException">A store does not answer; what was done is kept.</exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="Datasets.DatasetException">A file of it cannot.</exception>
    public async Task<int> JoinAsync(CancellationToken cancellation = default)
    {
        var (changes, failed) = (0, (ExceptionDispatchInfo?)null);
        var processes = await store.WaitingProcessesAsync(cancellation).ConfigureAwait(false);
        foreach (var (process, isHere) in processes.Select(process => (Name: process, IsHere: PredictionFolder.Knows(folder, process))).OrderByDescending(process => process.IsHere))
        {
            // A store that does not answer for one answers for none.
            if (!isHere && (shared is null || failed is { SourceException: MetadataException }))
                break;
            changes += await JoinAsync(process, isHere, error => failed ??= error, cancellation).ConfigureAwait(false);
        }
        await ForgetAsync(cancellation).ConfigureAwait(false);
        failed?.Throw();
        return changes;
    }

    /// <param name="failed">Told why the predictions of the process cannot be looked for; others can be.</param>
    private async Task<int> JoinAsync(string process, bool isHere, Action<ExceptionDispatchInfo> failed, CancellationToken cancellation)
    {
        var changes = 0;
        var arrivedBefore = time.GetUtcNow() - (isHere ? TimeSpan.Zero : patience ?? DefaultPatience);
        while (await store.WaitingAsync(process, arrivedBefore, MostAtATime, cancellation).ConfigureAwait(false) is { Count: > 0 } waiting)
        {
            List<JoinedFeedback> looked;
            try
            {
                looked = await LookAsync(waiting, isHere, cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failed(ExceptionDispatchInfo.Capture(exception));
                break;
            }
            changes += await store.SettleAsync(looked, LongestPause, cancellation, settled).ConfigureAwait(false);
        }
        return changes;
    }

    private async Task<List<JoinedFeedback>> LookAsync(List<WaitingFeedback> waiting, bool isHere, CancellationToken cancellation)
    {
        Guid[] ids = [.. waiting.Select(one => one.PredictionId)];
        var found = isHere ? PredictionLogReader.Find(folder, ids) : await shared!.FindAsync(ids, cancellation).ConfigureAwait(false);
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
