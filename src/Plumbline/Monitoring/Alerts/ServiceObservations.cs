namespace Plumbline.Monitoring.Alerts;

/// <summary>What is observed of requests, by the names that Prometheus' recording rules have.</summary>
internal static class ServiceObservations
{
    public const string Latency = "plumbline:latency:p99_rate5m";
    public const string Failures = "plumbline:failures:ratio_rate5m";
    public const string Burn = "plumbline_error_budget_burn";

    public const int FewestForQuantile = 100;
    public const int FewestForShare = 20;
    public const double Quantile = 0.99;

    /// <param name="sums">Requests and failures by window.</param>
    /// <param name="last">Of the last five minutes.</param>
    public static IReadOnlyList<AlertObservation> Of(IReadOnlyDictionary<string, (long Requests, long Failures)> sums, ServiceCounts last, double slo)
    {
        var found = new List<AlertObservation>();
        if (last.Durations.Sum() >= FewestForQuantile)
            found.Add(new AlertObservation(Latency, last.Quantile(Quantile)));
        if (last.Requests >= FewestForShare)
            found.Add(new AlertObservation(Failures, (double)last.Failures / last.Requests));
        foreach (var burn in DefaultRules.Burns.Where(burn => sums[burn.Long].Requests > 0))
        {
            var rate = sums[burn.Long].Failures < DefaultRules.FewestFailures ? 0 : Math.Min(BurnOf(sums[burn.Long], slo), BurnOf(sums[burn.Short], slo));
            found.Add(new AlertObservation(Burn, new Dictionary<string, string> { ["window"] = burn.Long }, rate));
        }
        return found;
    }

    private static double BurnOf((long Requests, long Failures) sum, double slo) => sum.Requests == 0 ? 0 : sum.Failures / (sum.Requests * (1 - slo));
}
