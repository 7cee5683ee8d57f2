using Plumbline.Datasets;

namespace Plumbline.Features;

/// <summary>Faults of the values that came beside the texts of a batch, by feature. Thread-safe.</summary>
public sealed class ContractTally
{
    private static readonly int Kinds = Enum.GetValues<ContractFault>().Length;

    private readonly NumericFeature[] _numeric;
    private readonly CategoryEncoder _categories;
    private readonly string[] _names;
    private readonly long[] _counts;

    /// <param name="contract">Null where texts are the only input.</param>
    public ContractTally(FeatureContract? contract)
    {
        _numeric = [.. (contract?.Numeric ?? []).Where(feature => feature.Source != NumericFeatureSource.Text)];
        _categories = new CategoryEncoder(contract?.Categorical ?? [], contract?.Options.Categorical ?? new CategoricalOptions());
        _names = [.. _numeric.Select(feature => feature.Name), .. (contract?.Categorical ?? []).Select(feature => feature.Name)];
        _counts = new long[_names.Length * Kinds];
    }

    /// <summary>Faults that were seen, by feature and kind, in contract order.</summary>
    public IEnumerable<(string Feature, ContractFault Fault, long Count)> Faults =>
        from index in Enumerable.Range(0, _names.Length)
        from fault in Enum.GetValues<ContractFault>()
        let count = Interlocked.Read(ref _counts[(index * Kinds) + (int)fault])
        where count > 0
        select (_names[index], fault, count);

    /// <param name="batch">Read with the contract's inputs, in its order.</param>
    public void Count(RecordBatch batch)
    {
        for (var record = 0; record < batch.Count; record++)
        {
            var values = batch.Inputs(record);
            for (var i = 0; i < values.Length; i++)
                Count(i, ContractCheck.Judge(_numeric[i], values[i]));
            for (var column = 0; column < _categories.Columns; column++)
                Count(_numeric.Length + column, ContractCheck.Judge(_categories.Find(column, batch.Category(record, column))));
        }
    }

    /// <param name="feature">Place in the contract, without those computed from the text: numeric features, then categorical ones.</param>
    public void Count(int feature, ContractFault fault)
    {
        if (fault != ContractFault.None)
            Interlocked.Increment(ref _counts[(feature * Kinds) + (int)fault]);
    }
}
