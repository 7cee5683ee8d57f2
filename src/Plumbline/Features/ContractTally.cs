using Plumbline.Datasets;

namespace Plumbline.Features;

/// <summary>Faults of the values that came beside the texts of a batch, by feature. Thread-safe.</summary>
/// <param name="features">In contract order.</param>
public sealed class ContractTally(IReadOnlyList<NumericFeature> features)
{
    private readonly NumericFeature[] _features = [.. features.Where(feature => feature.Source != NumericFeatureSource.Text)];
    private readonly long[] _counts = new long[features.Count * (int)(ContractFault.OutOfRange + 1)];

    /// <summary>Faults that were seen, by feature and kind, in contract order.</summary>
    public IEnumerable<(string Feature, ContractFault Fault, long Count)> Faults =>
        from index in Enumerable.Range(0, _features.Length)
        from fault in (ContractFault[])[ContractFault.Missing, ContractFault.OutOfRange]
        let count = Interlocked.Read(ref _counts[At(index, fault)])
        where count > 0
        select (_features[index].Name, fault, count);

    /// <param name="values">Of one record, in contract order, without those computed from the text.</param>
    public void Count(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (ContractCheck.Judge(_features[i], values[i]) is not ContractFault.None and var fault)
                Interlocked.Increment(ref _counts[At(i, fault)]);
        }
    }

    public void Count(RecordBatch batch)
    {
        for (var record = 0; record < batch.Count; record++)
            Count(batch.Inputs(record));
    }

    private static int At(int feature, ContractFault fault) => (feature * (int)(ContractFault.OutOfRange + 1)) + (int)fault;
}
