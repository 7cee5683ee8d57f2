namespace Plumbline.Datasets;

/// <summary>
/// The rows of a snapshot for several passes: read once and kept in memory where they are few, read again from its file where they are many.
/// The batches are the same either way. Not thread-safe.
/// </summary>
/// <param name="mostFileBytes">Size of the (compressed) rows file up to which rows are kept; texts take about three times that.</param>
public sealed class SnapshotRows(Snapshot snapshot, long mostFileBytes = 256L << 20)
{
    private static readonly Split[] All = [Split.Train, Split.Valid, Split.Test];

    private readonly Dictionary<Split, List<RecordBatch>> _kept = All.ToDictionary(split => split, _ => new List<RecordBatch>());
    private Task? _reading;

    public IEnumerable<RecordBatch> Read(Split split, CancellationToken stop = default)
    {
        if (snapshot.Manifest.RowsFiles.Sum(file => file.Size) > mostFileBytes)
            return snapshot.Read(split, stop: stop);
        // The first pass works on what is there while the rest is being read.
        _reading ??= Task.Run(() => ReadAll(stop), stop);
        return Kept(_kept[split], _reading);
    }

    private void ReadAll(CancellationToken stop)
    {
        foreach (var (split, batch) in snapshot.ReadBatches(All, Snapshot.DefaultBatchSize, stop))
        {
            lock (_kept)
            {
                _kept[split].Add(batch);
                Monitor.PulseAll(_kept);
            }
        }
    }

    private IEnumerable<RecordBatch> Kept(List<RecordBatch> batches, Task reading)
    {
        _ = reading.ContinueWith(_ => Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        for (var next = 0; ; next++)
        {
            RecordBatch batch;
            lock (_kept)
            {
                while (next == batches.Count && !reading.IsCompleted)
                    Monitor.Wait(_kept);
                if (next == batches.Count)
                    break;
                batch = batches[next];
            }
            yield return batch;
        }
        reading.GetAwaiter().GetResult();
    }

    private void Wake()
    {
        lock (_kept)
            Monitor.PulseAll(_kept);
    }
}
