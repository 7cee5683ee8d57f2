namespace Plumbline.Bench.Load;

/// <summary>What a load of a fixed rate met. Latencies count from the time at which a request was due; failed ones are not among them.</summary>
/// <param name="Refused">Of the failed, those that were told to come again (429 and 503).</param>
/// <param name="InTime">Of those answered, those within the deadline.</param>
internal sealed record LoadResult(
    double RateAsked, double RateAchieved, long Sent, long Ok, long Failed, long Refused, long InTime,
    double P50Ms, double P90Ms, double P99Ms, double P999Ms, double MaxMs);
