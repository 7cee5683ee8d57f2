namespace Plumbline.Learning;

/// <summary>
/// What the natural-mix valid split, or with folds all rows held out, looked like, for monitors to compare traffic with. Predictions are those of the
/// models that were not fitted on the rows, so that they are as unsure as on new ones.
/// </summary>
/// <param name="Rows">Rows of valid, or those held out.</param>
/// <param name="LabelCounts">True labels, one count a class.</param>
/// <param name="PredictedCounts">Predicted labels.</param>
/// <param name="ConfidenceCounts">Largest probability in twenty equal bins of [0, 1].</param>
/// <param name="Numeric">Numeric features in contract order.</param>
/// <param name="UnknownNgrams">Distribution over texts of the share of n-grams outside the vocabulary.</param>
/// <param name="Categorical">Categorical features in contract order; null in bundles without any.</param>
public sealed record DriftBaseline(
    int Rows, IReadOnlyList<int> LabelCounts, IReadOnlyList<int> PredictedCounts, IReadOnlyList<int> ConfidenceCounts,
    IReadOnlyList<FeatureDistribution> Numeric, FeatureDistribution UnknownNgrams, IReadOnlyList<CategoryDistribution>? Categorical = null)
{
    private const int ConfidenceBins = 20;

    internal static DriftBaseline Of(ValidEvidence valid, int classes, IReadOnlyList<FeatureDistribution> numeric, FeatureDistribution unknownNgrams,
        IReadOnlyList<CategoryDistribution> categorical)
    {
        var confidence = new int[ConfidenceBins];
        for (var row = 0; row < valid.Labels.Length; row++)
        {
            var most = 0f;
            foreach (var probability in valid.Probabilities.AsSpan(row * classes, classes))
                most = MathF.Max(most, probability);
            confidence[Math.Min(ConfidenceBins - 1, (int)(most * ConfidenceBins))]++;
        }
        return new DriftBaseline(
            valid.Labels.Length, ClassWeights.Counts(valid.Labels, classes), ClassWeights.Counts(valid.Predicted, classes), confidence, numeric, unknownNgrams,
            categorical.Count == 0 ? null : categorical);
    }
}

/// <summary>Counts between quantile cuts, with open outer bins: <c>Counts[i]</c> values lie in (<c>Cuts[i-1]</c>, <c>Cuts[i]</c>].</summary>
/// <param name="Missing">Values that were NaN.</param>
public sealed record FeatureDistribution(string Name, IReadOnlyList<float> Cuts, IReadOnlyList<int> Counts, int Missing, double Mean, double StandardDeviation)
{
    private const int Bins = 10;

    public static FeatureDistribution Of(string name, IEnumerable<float> values)
    {
        var present = new List<float>();
        var missing = 0;
        foreach (var value in values)
        {
            if (float.IsNaN(value))
                missing++;
            else
                present.Add(value);
        }
        present.Sort();
        var cuts = Enumerable.Range(1, Bins - 1)
            .Where(_ => present.Count > 0)
            .Select(bin => present[(int)((long)bin * (present.Count - 1) / Bins)])
            .Distinct()
            .ToArray();
        var counts = new int[cuts.Length + 1];
        foreach (var value in present)
        {
            var bin = Array.BinarySearch(cuts, value);
            counts[bin >= 0 ? bin : ~bin]++;
        }
        var mean = present.Count == 0 ? 0 : present.Average(value => (double)value);
        var variance = present.Count == 0 ? 0 : present.Average(value => (value - mean) * (value - mean));
        return new FeatureDistribution(name, cuts, counts, missing, mean, Math.Sqrt(variance));
    }
}
