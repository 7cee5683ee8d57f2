using Plumbline.Statistics;

namespace Plumbline.Registry.Evidence;

/// <summary>How much better in macro-F1 on test one model is than another, with a 95 % interval.</summary>
/// <param name="Paired">Over the same rows; null where the two were not measured on the same.</param>
public sealed record MetricDifference(double Difference, double Low, double High, PairedComparison? Paired)
{
    private const ulong Seed = 1;

    /// <summary>
    /// By rows where both answered the same test rows; else from the two intervals, as those of independent samples are combined (MOVER: Zou and Donner 2008).
    /// </summary>
    /// <exception cref="MissingEvidenceException">One has neither.</exception>
    internal static MetricDifference Of(ModelEvidence first, ModelEvidence second)
    {
        if (Pair(first, second) is { } paired)
            return new MetricDifference(paired.Difference, paired.Low, paired.High, paired);
        var (one, other) = (first.Test.MacroF1, second.Test.MacroF1);
        var difference = one.Value - other.Value;
        return new MetricDifference(
            difference, difference - double.Hypot(one.Value - one.Low, other.High - other.Value), difference + double.Hypot(one.High - one.Value, other.Value - other.Low), null);
    }

    private static PairedComparison? Pair(ModelEvidence first, ModelEvidence second)
    {
        if (first.Find(model => model.Predictions) is not { } one || second.Find(model => model.Predictions) is not { } other)
            return null;
        if (one.Snapshot != other.Snapshot || one.Split != other.Split || one.Truth.Length != other.Truth.Length)
            return null;
        string[] labels = [.. one.Labels.Union(other.Labels, StringComparer.Ordinal)];
        var (mine, theirs) = (one.In(labels)!.Value, other.In(labels)!.Value);
        // One snapshot's rows have one truth; a file that was tampered with does not count.
        return mine.Truth.AsSpan().SequenceEqual(theirs.Truth) ? PairedComparison.Of(mine.Truth, mine.Predicted, theirs.Predicted, labels.Length, Seed) : null;
    }
}
