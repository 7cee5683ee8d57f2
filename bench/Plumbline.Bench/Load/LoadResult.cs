namespace Plumbline.Bench.Load;

/// <summary>What a load of a fixed rate met. Latencies count from the time at which a request was due; failed ones are not among them.</summary>
internal sealed record LoadResult(
    double RateAsked, double RateAchieved, long Sent, long Ok, long Failed,
    double P50Ms, double P90Ms, double P99Ms, double P999Ms, double MaxMs);
