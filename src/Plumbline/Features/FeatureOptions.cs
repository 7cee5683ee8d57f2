using Plumbline.Datasets.Aggregates;
using Plumbline.Text;

namespace Plumbline.Features;

/// <summary>How n-gram counts become values.</summary>
/// <param name="SublinearTf">A count c enters as 1 + ln c instead of c (Manning, Raghavan &amp; Schütze 2008, 6.4.1).</param>
/// <param name="MinDf">N-grams in fewer training texts than this are left out; at least 1.</param>
/// <param name="MaxFeatures">Most n-grams kept, those in the most training texts; 1 to 2²⁷.</param>
/// <param name="HashBits">If set, n-grams are not looked up but hashed to 2^bits features (Weinberger et al. 2009); 8 to 24.</param>
/// <param name="Categorical">Null is without categorical columns.</param>
public sealed record FeatureOptions(
    TokenOptions Tokens, NgramOptions Ngrams, NumericOptions Numeric,
    bool SublinearTf = true, int MinDf = 2, int MaxFeatures = 200_000, int? HashBits = null, CategoricalOptions? Categorical = null)
{
    public CategoricalOptions Categorical { get; init; } = Categorical ?? new();

    public static FeatureOptions Default { get; } = new(new TokenOptions(), new NgramOptions(Adapt: true), new NumericOptions());

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Ngrams.Validate();
        Categorical.Validate();
        if (MinDf < 1)
            throw new ArgumentException($"features.min_df: {MinDf} is below 1.");
        if (MaxFeatures is < 1 or > 1 << 27)
            throw new ArgumentException($"features.max_features: {MaxFeatures} is not within 1 to {1 << 27}.");
        if (HashBits is < 8 or > 24)
            throw new ArgumentException($"features.hash_bits: {HashBits} is not within 8 to 24.");
        var names = TextStatistics.Names.Concat(Numeric.Keywords.Select(keyword => keyword + "_freq")).Append(FeatureContract.Sentiment)
            .Concat(Numeric.Inputs).Concat(Numeric.Aggregates).Concat(Categorical.Inputs).ToArray();
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"data.{(Categorical.Inputs.Contains(twice.Key) ? "categorical" : "numeric")}: '{twice.Key}' is the name of two features; inputs may not be named as numbers that are computed from the text.");
        if (Numeric.Aggregates.FirstOrDefault(name => !EntityFeature.TryParse(name, out _)) is { } unknown)
            throw new ArgumentException($"data.aggregates: '{unknown}' is not one of {string.Join(", ", EntityFeature.All.Select(feature => feature.Name))}.");
        if (!(Numeric.Weight > 0) || !(Numeric.Clip > 0))
            throw new ArgumentException($"features.numeric: weight {Numeric.Weight} and clip {Numeric.Clip} must be more than 0.");
    }
}
