using System.Runtime.CompilerServices;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Logging;

public sealed partial class SharedPredictions
{
    /// <summary>So often a listing is taken anew whose files went meanwhile: parts became a finished file, an hour grew too old.</summary>
    private const int MostListings = 3;

    private static readonly TimeSpan KeptFetched = TimeSpan.FromHours(1);

    /// <summary>The predictions of these ids, as far as they are there: only files of their processes and hours are fetched.</summary>
    public async Task<IReadOnlyDictionary<Guid, LoggedPrediction>> FindAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellation = default)
    {
        var found = new Dictionary<Guid, LoggedPrediction>();
        var erasures = await ErasuresAsync(cancellation).ConfigureAwait(false);
        foreach (var near in ids.Distinct().GroupBy(id => (Process: PredictionFolder.ProcessOf(id), Hour: PredictionFolder.HourOf(ServedModelLog.MillisecondsOf(id)))))
        {
            await foreach (var prediction in ReadAsync(near.Key.Hour, near.Key.Process, PredictionLogReader.Among(near), near.ToHashSet(), erasures, cancellation).ConfigureAwait(false))
                found[prediction.Id] = prediction;
        }
        return found;
    }

    /// <summary>Streams predictions of all hosts, an hour's files fetched at a time, each prediction once.</summary>
    public async IAsyncEnumerable<LoggedPrediction> ReadAsync(PredictionQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var (first, last) = PredictionLogReader.HoursOf(query);
        var erasures = await ErasuresAsync(cancellation).ConfigureAwait(false);
        foreach (var hour in (await HoursAsync(cancellation).ConfigureAwait(false)).Where(hour => hour >= first && hour <= last))
        {
            await foreach (var prediction in ReadAsync(hour, "", "true", null, erasures, cancellation).ConfigureAwait(false))
            {
                if (query.Takes(prediction))
                    yield return prediction;
            }
        }
    }

    /// <summary>Fetches what hosts logged that this one knows nothing of: files that may hold predictions of a query.</summary>
    /// <returns>Finished files, and parts of segments that are not finished.</returns>
    internal async Task<(string[] Finished, string[] Parts)> FetchOthersAsync(PredictionQuery query, CancellationToken cancellation)
    {
        var (first, last) = PredictionLogReader.HoursOf(query);
        var (finished, parts) = (new List<string>(), new List<string>());
        foreach (var hour in (await HoursAsync(cancellation).ConfigureAwait(false)).Where(hour => hour >= first && hour <= last))
        {
            foreach (var (name, file) in await FetchAllAsync(hour, "", cancellation, name => !PredictionFolder.Knows(folder, PredictionFolder.ProcessOfFile(name))).ConfigureAwait(false))
                (IsFinished(name) ? finished : parts).Add(file);
        }
        return ([.. finished], [.. parts]);
    }

    /// <param name="process">Empty: all.</param>
    /// <param name="condition">Of rows of finished files.</param>
    /// <param name="wanted">Null: all.</param>
    private async IAsyncEnumerable<LoggedPrediction> ReadAsync(
        long hour, string process, string condition, HashSet<Guid>? wanted, Erasures erasures, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var (name, file) in await FetchAllAsync(hour, process, cancellation).ConfigureAwait(false))
        {
            if (IsFinished(name))
            {
                foreach (var prediction in PredictionLogReader.ReadArchive([file], condition).Where(prediction => !erasures.Covers(prediction)))
                    yield return prediction;
            }
            else if (SegmentReader.TryOpen(file) is { } reader)
            {
                using (reader)
                {
                    foreach (var prediction in PredictionLogReader.ReadSegment(reader, null, wanted, erasures))
                        yield return prediction;
                }
            }
        }
    }

    /// <summary>Fetches the files of an hour that count: of a segment the finished file, or else its parts.</summary>
    private async Task<IReadOnlyList<(string Name, string File)>> FetchAllAsync(long hour, string process, CancellationToken cancellation, Func<string, bool>? takes = null)
    {
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        for (var listing = 1; ; listing++)
        {
            var fetched = new List<(string, string)>();
            var isWhole = true;
            foreach (var name in (await NamesAsync(store, hour, process, cancellation).ConfigureAwait(false)).Where(name => takes is null || takes(name)))
            {
                if (await FetchAsync(store, TreeOf(hour), name, cancellation).ConfigureAwait(false) is { } file)
                    fetched.Add((name, file));
                else
                    isWhole = false;
            }
            if (isWhole || listing == MostListings)
                return fetched;
        }
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(ArtifactStore store, long hour, string process, CancellationToken cancellation)
    {
        var names = new List<string>();
        await foreach (var name in store.NamesAsync(TreeOf(hour), cancellation).ConfigureAwait(false))
        {
            if (name.StartsWith(process, StringComparison.Ordinal) && (IsFinished(name) || IsPart(name)))
                names.Add(name);
        }
        var finished = names.Where(IsFinished).Select(PredictionFolder.StemOf).ToHashSet(StringComparer.Ordinal);
        return [.. names.Where(name => IsFinished(name) || !finished.Contains(PredictionFolder.StemOf(name))).Order(StringComparer.Ordinal)];
    }

    /// <returns>Null where it is gone.</returns>
    private async Task<string?> FetchAsync(ArtifactStore store, ArtifactTree tree, string name, CancellationToken cancellation)
    {
        if (await store.FindAsync(tree, [name], cancellation).ConfigureAwait(false) is not { } blob)
            return null;
        var kept = PredictionFolder.Fetched(folder);
        var (path, temporary) = (Path.Combine(kept, blob.Sha256), Path.Combine(kept, $".{Guid.NewGuid():N}.tmp"));
        try
        {
            DurableFolder.Create(kept);
            Forget(time.GetUtcNow() - KeptFetched);
            if (!File.Exists(path))
            {
                await store.FetchAsync(blob, temporary, cancellation).ConfigureAwait(false);
                File.Move(temporary, path, overwrite: true);
            }
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return path;
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MetadataException(MetadataError.Unavailable, $"{tree}/{name} cannot be fetched into {kept}: {exception.Message.TrimEnd('.')}. Free some space there.", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Removes what was fetched, or used, last before a time.</summary>
    private void Forget(DateTimeOffset before)
    {
        var kept = PredictionFolder.Fetched(folder);
        foreach (var file in Directory.Exists(kept) ? Directory.GetFiles(kept) : [])
        {
            if (File.GetLastWriteTimeUtc(file) < before.UtcDateTime)
                File.Delete(file);
        }
    }
}
