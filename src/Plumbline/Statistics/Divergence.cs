namespace Plumbline.Statistics;

/// <summary>How far two distributions over the same bins are apart. Inputs are shares, each at least 0, that sum to 1; neither is changed. Thread-safe.</summary>
public static class Divergence
{
    /// <summary>An empty bin counts as this share, so that one record in a new bin is no infinite difference.</summary>
    private const double Floor = 1e-4;

    /// <summary>
    /// Σ (actual − expected) · ln(actual / expected), 0 to infinity: below 0.1 small, above 0.25 a shift by the usual rule (Siddiqi, Credit Risk Scorecards, 2006).
    /// </summary>
    public static double PopulationStabilityIndex(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        CheckLengths(expected, actual);
        var sum = 0.0;
        for (var bin = 0; bin < expected.Length; bin++)
        {
            var (before, now) = (Math.Max(Floor, expected[bin]), Math.Max(Floor, actual[bin]));
            sum += (now - before) * Math.Log(now / before);
        }
        return sum;
    }

    /// <summary>Square root of the Jensen–Shannon divergence in bits, 0 (equal) to 1 (nothing in common); a metric (Endres and Schindelin 2003).</summary>
    public static double JensenShannonDistance(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        CheckLengths(first, second);
        var sum = 0.0;
        for (var bin = 0; bin < first.Length; bin++)
        {
            var middle = (first[bin] + second[bin]) / 2;
            sum += Part(first[bin], middle) + Part(second[bin], middle);
        }
        return Math.Sqrt(Math.Clamp(sum / 2, 0, 1));
    }

    private static double Part(double share, double middle) => share > 0 ? share * Math.Log2(share / middle) : 0;

    private static void CheckLengths(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"{first.Length} bins cannot be compared with {second.Length}.");
    }
}
