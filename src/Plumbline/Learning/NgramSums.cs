using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>What the rows of each class hold of each n-gram: the sufficient statistics of naive Bayes.</summary>
/// <param name="Values">Σ of an n-gram's values over the rows of a class, n-grams × K.</param>
/// <param name="Totals">Of each class, over all n-grams.</param>
/// <param name="Rows">Of each class.</param>
internal sealed record NgramSums(double[] Values, double[] Totals, int[] Rows)
{
    /// <summary>The sums of <paramref name="matrix"/>, row after row.</summary>
    public static NgramSums Of(FeatureMatrix matrix, int ngrams)
    {
        var classes = matrix.Classes;
        var (values, totals, rows) = (new double[(long)ngrams * classes], new double[classes], new int[classes]);
        foreach (var block in matrix.Blocks)
        {
            for (var row = 0; row < block.Rows; row++)
            {
                var label = block.Labels[row];
                rows[label]++;
                for (var at = block.Start(row); at < block.Ends[row] && block.Indices[at] < ngrams; at++)
                {
                    values[((long)block.Indices[at] * classes) + label] += block.Values[at];
                    totals[label] += block.Values[at];
                }
            }
        }
        return new NgramSums(values, totals, rows);
    }
}
