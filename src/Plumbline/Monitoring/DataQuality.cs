using Plumbline.Features;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>How often live traffic keeps less than the contract promises in one way.</summary>
/// <param name="Feature">Or <c>text</c>.</param>
/// <param name="Kind"><c>missing</c>, <c>type</c>, <c>out_of_range</c>, <c>differs</c>, <c>unknown_entity</c>, <c>store_unavailable</c> or <c>unknown_category</c>, as warnings of answers have it; of texts <c>empty</c> or <c>too_long</c>.</param>
/// <param name="Requests">Texts of which it was so.</param>
/// <param name="Share">Of all.</param>
/// <param name="Before">Share of the reference; 0 where that cannot have any.</param>
/// <param name="IsWorse">Whether there is so much more of it than before that it is to be looked at.</param>
public sealed record DataFault(string Feature, string Kind, long Requests, double Share, double Before, bool IsWorse);

/// <summary>Holds live traffic against the contract: docs/specs/quality.md. Pure.</summary>
internal static class DataQuality
{
    private const string Text = "text";

    /// <summary>What there is any of, the largest share first.</summary>
    public static IReadOnlyList<DataFault> Measure(DriftReference reference, DriftSketch window)
    {
        var found = new List<DataFault>();
        string[] names = [.. window.Schema.Numeric, .. window.Schema.Categorical.Select(feature => feature.Name)];
        for (var feature = 0; feature < names.Length; feature++)
        {
            foreach (var fault in ContractBreaches.Faults)
                Add(names[feature], WordOf(fault), window.Breaches[feature, fault], Before(reference.Sketch, names[feature], fault));
        }
        var (before, level) = (reference.Sketch.Length, Math.Max(reference.Sketch.Length.Level, window.Length.Level));
        Add(Text, "empty", window.Length.Zeros, FeatureDrift.Share(before.Zeros, before.Count));
        if (before.Count > 0)
            Add(Text, "too_long", Beyond(window.Length.Buckets(level), double.NegativeInfinity, before.Buckets(level)[^1].Value), 0);
        return [.. found.OrderByDescending(fault => fault.Share).ThenBy(fault => fault.Feature, StringComparer.Ordinal).ThenBy(fault => fault.Kind, StringComparer.Ordinal)];

        void Add(string feature, string kind, long requests, double share)
        {
            var now = FeatureDrift.Share(requests, window.Requests);
            if (requests > 0)
                found.Add(new DataFault(feature, kind, requests, now, share, window.Requests >= FeatureWatch.Least && now > share + FeatureWatch.Margin));
        }
    }

    private static double Before(DriftSketch reference, string name, ContractFault fault)
    {
        if (DriftComparison.IndexOf(reference.Schema.Numeric, name) is >= 0 and var numeric && reference.Numeric[numeric] is var numbers)
        {
            return fault switch
            {
                ContractFault.Missing => FeatureDrift.Share(numbers.Missing, numbers.Missing + numbers.Count),
                ContractFault.OutOfRange => OutOfRange(numbers),
                _ => 0,
            };
        }
        if (DriftComparison.IndexOf([.. reference.Schema.Categorical.Select(feature => feature.Name)], name) is >= 0 and var categorical && reference.Categorical[categorical] is var cells)
            return fault switch { ContractFault.Missing => FeatureDrift.Share(cells[^1], cells.Sum()), ContractFault.UnknownCategory => FeatureDrift.Share(cells[^2], cells.Sum()), _ => 0 };
        return 0;
    }

    private static double OutOfRange(QuantileSketch numbers)
    {
        var buckets = numbers.Buckets(numbers.Level);
        var mean = buckets.Sum(bucket => bucket.Value * bucket.Count) / Math.Max(1, numbers.Count);
        var deviation = Math.Sqrt(buckets.Sum(bucket => (bucket.Value - mean) * (bucket.Value - mean) * bucket.Count) / Math.Max(1, numbers.Count));
        return FeatureDrift.Share(Beyond(buckets, mean - (ContractCheck.Sigmas * deviation), mean + (ContractCheck.Sigmas * deviation)), numbers.Count);
    }

    private static long Beyond(List<(double Value, long Count)> buckets, double low, double high) => buckets.Where(bucket => bucket.Value < low || bucket.Value > high).Sum(bucket => bucket.Count);

    private static string WordOf(ContractFault fault) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.ToString());
}
