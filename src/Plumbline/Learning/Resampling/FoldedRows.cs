using System.Buffers.Binary;
using System.Security.Cryptography;
using Plumbline.Datasets;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Learning.Resampling;

/// <summary>Train and valid together, read fold by fold. Thread-safe, as far as the data is.</summary>
internal sealed class FoldedRows
{
    private readonly TrainingData _data;

    /// <exception cref="DatasetException">The rows cannot be parted so; the message says why.</exception>
    public FoldedRows(TrainingData data, int folds, FoldBy by, ulong seed)
    {
        _data = data;
        Plan = by == FoldBy.Stratified ? Stratify(folds, seed) : Part(folds, by);
    }

    public FoldPlan Plan { get; }

    /// <summary>A pass over all rows.</summary>
    public IEnumerable<RecordBatch> All() => _data.Read(Split.Train).Concat(_data.Read(Split.Valid));

    public IEnumerable<RecordBatch> FittedOn(int fold) => Where(row => Plan.IsFittedOn(row, fold));

    public IEnumerable<RecordBatch> HeldOut(int fold) => Where(row => Plan.IsHeldOut(row, fold));

    /// <summary>Rows that some fold holds out.</summary>
    public IEnumerable<RecordBatch> Judged() => Where(Plan.IsJudged);

    /// <summary>Of the rows that a fold holds out, where they stand among those of all folds.</summary>
    public int[] Places(int fold)
    {
        var (places, place) = (new List<int>(), 0);
        for (var row = 0; row < Plan.Rows; row++)
        {
            if (Plan.IsHeldOut(row, fold))
                places.Add(place);
            place += Plan.IsJudged(row) ? 1 : 0;
        }
        return [.. places];
    }

    private IEnumerable<RecordBatch> Where(Func<int, bool> isWanted)
    {
        var (first, records) = (0, new List<int>());
        foreach (var batch in All())
        {
            records.Clear();
            for (var record = 0; record < batch.Count; record++)
            {
                if (isWanted(first + record))
                    records.Add(record);
            }
            first += batch.Count;
            if (records.Count > 0)
                yield return batch.Take(records);
        }
    }

    private FoldPlan Stratify(int folds, ulong seed)
    {
        var (keys, labels) = (new List<ulong>(), new List<int>());
        var hash = new byte[SHA256.HashSizeInBytes];
        foreach (var batch in All())
        {
            for (var record = 0; record < batch.Count; record++)
            {
                SHA256.HashData(batch.Text(record), hash);
                keys.Add(SplitKey.Of(BinaryPrimitives.ReadUInt64LittleEndian(hash), seed));
                labels.Add(batch.Label(record));
            }
        }
        return FoldPlan.Stratified([.. keys], [.. labels], _data.Labels.Count, folds);
    }

    private FoldPlan Part(int folds, FoldBy by)
    {
        var column = by.ToString().ToLowerInvariant();
        var keys = _data.Keys?.Invoke(column) ?? throw new DatasetException($"fold_by: the data has no column '{column}'. Fold another way (--fold-by).");
        var values = new List<long>();
        foreach (var batch in All())
        {
            for (var record = 0; record < batch.Count; record++)
                values.Add(keys[batch.Row(record)]);
        }
        return by == FoldBy.Time ? FoldPlan.OfTimes([.. values], folds) : FoldPlan.OfGroups([.. values], folds, column);
    }
}
