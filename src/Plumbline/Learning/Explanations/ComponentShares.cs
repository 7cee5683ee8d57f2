using Plumbline.Learning.Models;

namespace Plumbline.Learning.Explanations;

/// <summary>
/// Shares out what components of a text contribute to the n-grams that they are projected from. A component lies Δ from its mean, of which an n-gram's part is value × loading; of a
/// contribution φ it has φ · part · Δ ÷ (Δ² + (S ÷ 20)²), S the sum of the magnitudes of all parts and of the mean. Immutable and thread-safe.
/// </summary>
/// <param name="means">Of each component over the training rows.</param>
internal sealed class ComponentShares(NgramProjection projection, IReadOnlyList<float> means)
{
    /// <summary>A component whose parts cancel out to less than this share of them lies where others do, and says nothing of single words; their shares would grow without bound.</summary>
    private const double LeastDifference = 0.05;

    public int Rank => projection.Rank;

    /// <param name="ngrams">Entries of the row that are n-grams: the first.</param>
    /// <param name="contributions">Components × outputs.</param>
    /// <param name="shares">Receives (n-grams + 1) × outputs, the last of none: for every output they sum to the contributions.</param>
    public void Share(FeatureRow row, int ngrams, ReadOnlySpan<double> contributions, int outputs, Span<double> shares)
    {
        var factors = Factors(row, ngrams, contributions, outputs);
        shares.Clear();
        var none = shares[(ngrams * outputs)..];
        for (var i = 0; i < contributions.Length; i++)
            none[i % outputs] += contributions[i];
        for (var i = 0; i < ngrams; i++)
        {
            var share = shares.Slice(i * outputs, outputs);
            var loadings = projection.Loadings(row.Indices[i]);
            for (var component = 0; component < loadings.Length; component++)
            {
                var part = row.Values[i] * (double)loadings[component];
                for (var output = 0; output < outputs; output++)
                    share[output] += part * factors[(component * outputs) + output];
            }
            for (var output = 0; output < outputs; output++)
                none[output] -= share[output];
        }
    }

    /// <summary>What a part of 1 has of each contribution.</summary>
    private double[] Factors(FeatureRow row, int ngrams, ReadOnlySpan<double> contributions, int outputs)
    {
        var (differences, magnitudes) = (new double[Rank], new double[Rank]);
        for (var component = 0; component < Rank; component++)
            (differences[component], magnitudes[component]) = (-means[component], Math.Abs(means[component]));
        for (var i = 0; i < ngrams; i++)
        {
            var loadings = projection.Loadings(row.Indices[i]);
            for (var component = 0; component < loadings.Length; component++)
            {
                var part = row.Values[i] * (double)loadings[component];
                differences[component] += part;
                magnitudes[component] += Math.Abs(part);
            }
        }
        var factors = new double[contributions.Length];
        for (var i = 0; i < factors.Length; i++)
            factors[i] = Factor(contributions[i], differences[i / outputs], magnitudes[i / outputs]);
        return factors;
    }

    /// <summary>What a part of 1 has of a contribution.</summary>
    /// <param name="difference">Sum of all parts.</param>
    /// <param name="magnitude">Sum of their magnitudes; 0 where each part has its share however they cancel out.</param>
    public static double Factor(double contribution, double difference, double magnitude)
    {
        var least = LeastDifference * magnitude;
        return difference == 0 ? 0 : contribution * difference / ((difference * difference) + (least * least));
    }
}
