namespace Plumbline.Monitoring.Alerts;

/// <summary>Requests for predictions, and how they went. Immutable.</summary>
/// <param name="Failures">Answered with a status of 500 or more.</param>
/// <param name="Durations">By bucket of <see cref="DurationBuckets"/>, and one of those that took longer; empty where they are not known any more.</param>
public sealed record ServiceCounts(long Requests, long Failures, IReadOnlyList<long> Durations)
{
    /// <summary>Upper bounds in seconds, closed.</summary>
    public static IReadOnlyList<double> DurationBuckets { get; } = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    /// <summary>A quantile of durations in seconds, as Prometheus' <c>histogram_quantile</c> finds it: linear within a bucket, and the largest bound for what took longer. NaN where there are none.</summary>
    public double Quantile(double probability)
    {
        var all = Durations.Sum();
        if (all == 0)
            return double.NaN;
        var (rank, below) = (probability * all, 0L);
        for (var bucket = 0; bucket < DurationBuckets.Count; bucket++)
        {
            var count = Durations[bucket];
            if (below + count >= rank && count > 0)
            {
                var low = bucket == 0 ? 0 : DurationBuckets[bucket - 1];
                return low + ((DurationBuckets[bucket] - low) * (rank - below) / count);
            }
            below += count;
        }
        return DurationBuckets[^1];
    }
}
