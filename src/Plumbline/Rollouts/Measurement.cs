using Plumbline.Inference.Routing;

namespace Plumbline.Rollouts;

/// <summary>What one server counted of one version in one window of time.</summary>
/// <param name="Version"><c>name/3</c>.</param>
/// <param name="Source">Names the server. It sends its windows of a version in their order; one that ends no later than one that is known already is taken for the same.</param>
/// <param name="Replayed">Recent traffic that was answered again, not callers'.</param>
public sealed record Measurement(string Version, string Source, DateTimeOffset From, DateTimeOffset Until, bool Replayed, VersionSums Sums)
{
    /// <exception cref="ArgumentException">Something cannot be counted; the message says what, and whose.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Version) || string.IsNullOrWhiteSpace(Source))
            throw Error("a measurement needs version and source");
        if (Until <= From)
            throw Error(FormattableString.Invariant($"its window ends at {Until:O}, not after its beginning at {From:O}"));
        if (Sums is { Units: < 0 } or { Requests: < 0 } or { Errors: < 0 } || Sums.Errors > Sums.Requests)
            throw Error(FormattableString.Invariant($"{Sums.Units} units and {Sums.Errors} errors of {Sums.Requests} requests cannot be"));
        if (Sums.ConfidenceBins.Count is not (0 or VersionSums.Bins))
            throw Error($"it has {Sums.ConfidenceBins.Count} bins of confidence, not {VersionSums.Bins}");
        Check("confidence", Sums.Confidence);
        Check("outcome", Sums.Outcome);
        CheckGroups("feedback_groups", Sums.FeedbackGroups);
        CheckGroups("error_groups", Sums.ErrorGroups);
        foreach (var slice in Sums.Slices)
            CheckGroups($"slice {new Slice(slice.Column, slice.Value)}", slice.FeedbackGroups);
        if (Sums.Compared.Rows < 0 || !(Sums.Compared.Distance >= 0) || Sums.Compared.Distance > Sums.Compared.Rows * (1 + 1e-6))
            throw Error(FormattableString.Invariant($"compared has a distance of {Sums.Compared.Distance} over {Sums.Compared.Rows} rows; each row's is within 0 and 1"));
    }

    private void Check(string what, MeanSums sums)
    {
        // Of values within 0 and 1 no sum is over the count, and no square over its value.
        if (sums.Count < 0 || !(sums.Sum >= 0) || sums.Sum > sums.Count * (1 + 1e-9) || !(sums.Squares >= 0) || sums.Squares > sums.Sum * (1 + 1e-9))
            throw Error(FormattableString.Invariant($"{what} has the sum {sums.Sum} and squares {sums.Squares} of {sums.Count} values; values are within 0 and 1"));
        CheckGroups(what, sums.Groups);
    }

    private void CheckGroups(string what, IReadOnlyList<GroupSums> groups)
    {
        if (groups.FirstOrDefault(group => group.Group is < 0 or >= TrafficRouter.Groups || !double.IsFinite(group.Sum)) is { } wrong)
            throw Error(FormattableString.Invariant($"{what} has a group {wrong.Group} with the sum {wrong.Sum}; groups are 0 to {TrafficRouter.Groups - 1}"));
    }

    private ArgumentException Error(string what) => new($"Measurement of '{Storage.MetadataText.Quote(Version ?? "")}' from '{Storage.MetadataText.Quote(Source ?? "")}': {what}.");
}
