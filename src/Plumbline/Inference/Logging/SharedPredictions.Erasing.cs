using System.Buffers;
using Plumbline.Datasets;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Logging;

public sealed partial class SharedPredictions
{
    /// <summary>Removes what was kept of a user or an item up to a time: at once from what readers see, then from every file. May be repeated.</summary>
    /// <param name="digest">As <see cref="Erasures.DigestOf"/> gives it.</param>
    /// <param name="until">Microseconds since 1970 UTC.</param>
    /// <param name="counts">Which processes' predictions are counted.</param>
    /// <returns>Predictions removed.</returns>
    /// <exception cref="DatasetException">A file cannot be read.</exception>
    internal async Task<long> EraseAsync(string digest, long until, Func<string, bool> counts, CancellationToken cancellation)
    {
        await AddErasureAsync(digest, until, cancellation).ConfigureAwait(false);
        var erasures = Erasures.Of([(digest, until)]);
        var (store, erased, last) = (await OpenAsync(cancellation).ConfigureAwait(false), 0L, PredictionFolder.HourOf(until / 1000));
        foreach (var hour in (await HoursAsync(cancellation).ConfigureAwait(false)).TakeWhile(hour => hour <= last))
        {
            foreach (var (name, file) in await FetchAllAsync(hour, "", cancellation).ConfigureAwait(false))
            {
                var rows = IsFinished(name)
                    ? await EraseFinishedAsync(hour, name, file, PredictionErasure.Condition(digest, until), cancellation).ConfigureAwait(false)
                    : await ErasePartAsync(store, hour, name, file, erasures, cancellation).ConfigureAwait(false);
                erased += counts(name.Split('-')[0]) ? rows : 0;
            }
        }
        ForgetAll();
        return erased;
    }

    /// <summary>What was fetched may hold what is to be gone.</summary>
    internal void ForgetAll() => Forget(DateTimeOffset.MaxValue);

    private async Task<long> EraseFinishedAsync(long hour, string name, string file, string condition, CancellationToken cancellation)
    {
        var kept = PredictionFolder.Fetched(folder);
        var rewritten = $".{Guid.NewGuid():N}.tmp";
        try
        {
            long rows;
            using (var session = PredictionErasure.Session(kept))
            {
                rows = PredictionErasure.Count(session, file, condition);
                if (rows == 0)
                    return 0;
                SegmentArchive.Publish(session, PredictionErasure.Rest(file, condition), kept, rewritten, RowGroups.RowsOf(0), cancellation);
            }
            using var content = File.OpenRead(Path.Combine(kept, rewritten));
            await PutAsync(hour, name, content, cancellation).ConfigureAwait(false);
            return rows;
        }
        finally
        {
            File.Delete(Path.Combine(kept, rewritten));
        }
    }

    private async Task<long> ErasePartAsync(ArtifactStore store, long hour, string name, string file, Erasures erasures, CancellationToken cancellation)
    {
        var (rest, erased) = (new ArrayBufferWriter<byte>(), 0L);
        using var reader = SegmentReader.TryOpen(file);
        while (reader?.Next() == true)
        {
            var rows = reader.Rows;
            while (PredictionRow.TryTake(ref rows, out var row))
            {
                if (reader.Versions.TryGetValue(row.Version, out var version) && row.Fits(version) && erasures.Covers(row, version))
                    erased++;
                else
                    rest.Write(row.Whole);
            }
        }
        if (erased == 0)
            return 0;
        if (rest.WrittenCount == 0)
        {
            await RemoveAsync(store, TreeOf(hour), name, cancellation).ConfigureAwait(false);
            return erased;
        }
        using var content = new MemoryStream(SegmentPart.Compose(reader!.Versions, rest.WrittenSpan));
        await PutAsync(hour, name, content, cancellation).ConfigureAwait(false);
        return erased;
    }
}
