using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>A quantile of one version's latency as a multiple of another's.</summary>
/// <param name="Candidate">Milliseconds; likewise <paramref name="Stable"/>.</param>
/// <param name="Low">Least that the true ratio may be, however often one looks.</param>
/// <param name="High">Most; null where nothing bounds it yet.</param>
public sealed record LatencyRatio(double Candidate, double Stable, double Ratio, double Low, double? High = null)
{
    /// <summary>Null where either has no latencies.</summary>
    /// <param name="level">Of the quantile.</param>
    /// <param name="planned">Requests after which the bounds are tightest.</param>
    internal static LatencyRatio? Of(LatencyHistogram candidate, LatencyHistogram stable, double level, long planned, double alpha)
    {
        if (candidate.Count == 0 || stable.Count == 0)
            return null;
        // Half a microsecond is what a clock of microseconds can tell from none.
        var (mine, theirs) = (Math.Max(0.5, candidate.Quantile(level)), Math.Max(0.5, stable.Quantile(level)));
        var (one, other) = (QuantileSequence.Bounds(candidate, level, planned, alpha / 2), QuantileSequence.Bounds(stable, level, planned, alpha / 2));
        var high = other.Low > 0 ? one.High / other.Low : double.PositiveInfinity;
        return new(mine / 1000, theirs / 1000, mine / theirs, one.Low / Math.Max(0.5, other.High), double.IsFinite(high) ? high : null);
    }
}
