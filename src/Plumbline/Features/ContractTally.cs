using Plumbline.Datasets;

namespace Plumbline.Features;

/// <summary>Faults of the values that came beside the texts of a batch, by feature. Thread-safe.</summary>
/// <param name="features">In contract order.</param>
public sealed class ContractTally(IReadOnlyList<NumericFeature> features)
{
    private static readonly int FaultCount = Enum.GetValues<ContractFault>().Length;

    private readonly NumericFeature[] _features = [.. features.Where(feature => feature.Source != NumericFeatureSource.Text)];
    private readonly long[] _counts = new long[features.Count * FaultCount];

    /// <summary>Faults that were seen, by feature and kind, in contract order.</summary>
    public IEnumerable<(string Feature, ContractFault Fault, long Count)> Faults =>
        from index in Enumerable.Range(0, _features.Length)
        from fault in Enum.GetValues<ContractFault>()
        let count = Interlocked.Read(ref _counts[At(index, fault)])
        where count > 0
        select (_features[index].Name, fault, count);

    /// <param name="feature">Place in the contract, without those computed from the text.</param>
    public void Count(int feature, ContractFault fault)
    {
        if (fault != ContractFault.None)
            Interlocked.Increment(ref _counts[At(feature, fault)]);
    }

    public void Count(RecordBatch batch)
    {
        for (var record = 0; record < batch.Count; record++)
        {
            var values = batch.Inputs(record);
            for (var i = 0; i < values.Length; i++)
                Count(i, ContractCheck.Judge(_features[i], values[i]));
        }
    }

    private static int At(int feature, ContractFault fault) => (feature * FaultCount) + (int)fault;
}
