using Plumbline.Datasets;
using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>How often a categorical feature took each value.</summary>
/// <param name="Counts">In the order of the contract's categories.</param>
/// <param name="Unknown">Values that are none of them.</param>
public sealed record CategoryDistribution(string Name, IReadOnlyList<int> Counts, int Missing, int Unknown)
{
    internal static List<CategoryDistribution> Of(FeatureContract contract, IEnumerable<RecordBatch> batches)
    {
        if (contract.Categorical.Count == 0)
            return [];
        var encoder = new CategoryEncoder(contract.Categorical, contract.Options.Categorical);
        var counts = contract.Categorical.Select(feature => new int[feature.Categories.Count]).ToArray();
        var (missing, unknown) = (new int[counts.Length], new int[counts.Length]);
        foreach (var batch in batches)
        {
            for (var record = 0; record < batch.Count; record++)
            {
                for (var column = 0; column < counts.Length; column++)
                    Of(column, encoder.Find(column, batch.Category(record, column)))++;
            }
        }
        return [.. contract.Categorical.Select((feature, column) => new CategoryDistribution(feature.Name, counts[column], missing[column], unknown[column]))];

        ref int Of(int column, int category)
        {
            if (category >= 0)
                return ref counts[column][category];
            return ref (category == Category.Missing ? ref missing[column] : ref unknown[column]);
        }
    }
}
