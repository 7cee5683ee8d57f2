using Plumbline.Monitoring.Alerts;

namespace Plumbline.Server.Alerts;

/// <summary>Counts requests for predictions by how they went. Thread-safe; counting allocates nothing.</summary>
internal sealed class ServiceRecorder
{
    private readonly double[] _bounds = [.. ServiceCounts.DurationBuckets];
    private readonly long[] _durations = new long[ServiceCounts.DurationBuckets.Count + 1];
    private long _failures;

    /// <summary>Whether a route asks for predictions.</summary>
    public static bool IsPrediction(string route, string method) =>
        method == HttpMethods.Post && (route is "/predict" or "/batch_predict" || route.EndsWith("/infer", StringComparison.Ordinal) || route.EndsWith("/ModelInfer", StringComparison.Ordinal));

    public void Observe(int status, double seconds)
    {
        var bucket = Array.BinarySearch(_bounds, seconds);
        Interlocked.Increment(ref _durations[bucket < 0 ? ~bucket : bucket]);
        if (status >= StatusCodes.Status500InternalServerError)
            Interlocked.Increment(ref _failures);
    }

    /// <summary>What was counted since the last time.</summary>
    public ServiceCounts Take()
    {
        var durations = new long[_durations.Length];
        for (var bucket = 0; bucket < durations.Length; bucket++)
            durations[bucket] = Interlocked.Exchange(ref _durations[bucket], 0);
        return new ServiceCounts(durations.Sum(), Interlocked.Exchange(ref _failures, 0), durations);
    }
}
