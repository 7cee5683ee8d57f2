using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>How a version that answers beside the stable one, unseen by callers, differs from it.</summary>
/// <param name="Rows">That both answered.</param>
/// <param name="Disagreements">Of these, with another label.</param>
/// <param name="Rate">Disagreements over rows, within <paramref name="Low"/> and <paramref name="High"/> however often one looks; null without rows.</param>
/// <param name="Pairs">Rows by the stable version's answer and the other's where they differ, most first.</param>
/// <param name="MeanDistance">Mean of ½ Σ |p − q| over labels; null without rows.</param>
/// <param name="P50">Latency as a multiple of the stable version's; likewise <paramref name="P99"/>. Null where either has none.</param>
/// <param name="ErrorRate">Of the candidate; null without requests.</param>
/// <param name="Examples">A uniform sample of the rows on which they disagree.</param>
public sealed record ShadowReport(
    string Stable, string Candidate, long Rows, long Disagreements, double? Rate, double Low, double High, IReadOnlyList<LabelPair> Pairs, double? MeanDistance,
    LatencyRatio? P50, LatencyRatio? P99, double? ErrorRate, IReadOnlyList<ComparedExample> Examples)
{
    private const long PlannedRequests = 10_000;

    /// <param name="alpha">Chance that a bound ever misses, of each.</param>
    /// <param name="withTexts">Whether the project lets texts of examples be shown; else they are left out, even where they were sent.</param>
    public static ShadowReport Of(string stable, VersionSums stableSums, string candidate, VersionSums candidateSums, double alpha = 0.05, bool withTexts = false)
    {
        var compared = candidateSums.Compared;
        var (rows, disagreements) = (compared.Rows, compared.Disagreements);
        var (low, high) = BetaMixture.Reference.Interval(disagreements, rows, alpha);
        return new ShadowReport(
            stable, candidate, rows, disagreements, rows == 0 ? null : (double)disagreements / rows, low, high,
            [.. compared.Pairs.Where(pair => pair.First != pair.Second).OrderByDescending(pair => pair.Rows)
                .ThenBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal)],
            rows == 0 ? null : compared.Distance / rows,
            LatencyRatio.Of(candidateSums.Latency, stableSums.Latency, 0.5, PlannedRequests, alpha), LatencyRatio.Of(candidateSums.Latency, stableSums.Latency, 0.99, PlannedRequests, alpha),
            candidateSums.Requests == 0 ? null : (double)candidateSums.Errors / candidateSums.Requests,
            withTexts ? compared.Examples : [.. compared.Examples.Select(example => example with { Text = null })]);
    }
}
