namespace Plumbline.Datasets;

/// <summary>
/// The rows of a snapshot for several passes: read once and kept in memory where they are few, read again from its file where they are many.
/// The batches are the same either way. Not thread-safe.
/// </summary>
/// <param name="mostFileBytes">Size of the (compressed) rows file up to which rows are kept; texts take about three times that.</param>
public sealed class SnapshotRows(Snapshot snapshot, long mostFileBytes = 256L << 20)
{
    private static readonly Split[] All = [Split.Train, Split.Valid, Split.Test];

    private Dictionary<Split, List<RecordBatch>>? _kept;

    public IEnumerable<RecordBatch> Read(Split split, CancellationToken stop = default)
    {
        if (snapshot.Manifest.RowsFile.Size > mostFileBytes)
            return snapshot.Read(split, stop: stop);
        if (_kept is null)
        {
            var kept = All.ToDictionary(key => key, _ => new List<RecordBatch>());
            foreach (var (key, batch) in snapshot.ReadBatches(All, Snapshot.DefaultBatchSize, stop))
                kept[key].Add(batch);
            _kept = kept;
        }
        return _kept[split];
    }
}
