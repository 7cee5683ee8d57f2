namespace Plumbline.Rollouts;

/// <summary>Requests that have one value of a categorical input.</summary>
public sealed record Slice(string Column, string Value)
{
    public override string ToString() => $"{Storage.MetadataText.Quote(Column)} {Storage.MetadataText.Quote(Value)}";
}

/// <summary>Feedback on a slice.</summary>
/// <param name="Confusion">As <see cref="VersionSums.Confusion"/>; likewise <paramref name="FeedbackGroups"/>.</param>
public sealed record SliceSums(string Column, string Value, IReadOnlyList<LabelPair> Confusion, IReadOnlyList<GroupSums> FeedbackGroups)
{
    internal static IReadOnlyList<SliceSums> Merge(IReadOnlyList<SliceSums> first, IReadOnlyList<SliceSums> second) => second.Count == 0 ? first : first.Count == 0 ? second :
    [
        .. first.Concat(second).GroupBy(sums => (sums.Column, sums.Value)).OrderBy(same => same.Key.Column, StringComparer.Ordinal).ThenBy(same => same.Key.Value, StringComparer.Ordinal)
            .Select(same => same.Aggregate((one, other) => one with
            {
                Confusion = LabelPair.Sum(one.Confusion, other.Confusion),
                FeedbackGroups = GroupSums.Merge(one.FeedbackGroups, other.FeedbackGroups),
            })),
    ];
}
