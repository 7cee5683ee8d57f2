using Plumbline.Inference;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Routing;

namespace Plumbline.Rollouts;

/// <summary>Makes measurements of labels that were joined to their predictions.</summary>
internal static class FeedbackMeasurement
{
    private const string Source = "feedback";

    /// <summary>One a version of the rollout that has any on predictions that it assigned: made since it began, for a unit.</summary>
    /// <param name="at">When they count: a window belongs to the step in which it begins.</param>
    public static IReadOnlyList<Measurement> Of(IReadOnlyList<FeedbackChange> changes, StoredRollout rollout, DateTimeOffset at) =>
    [
        .. Assigned(changes, rollout).GroupBy(change => change.Version, StringComparer.Ordinal)
            .Select(ofVersion => new Measurement(ofVersion.Key, Source, at.AddMilliseconds(-1), at, Replayed: false, Sums([.. ofVersion], rollout.Slices))),
    ];

    /// <summary>Slices that the rollout is counted by, and those that are new: the values of most rows first, as long as there is room. How many rows a value has decides, not what they say.</summary>
    public static IReadOnlyList<Slice> FindSlices(IReadOnlyList<FeedbackChange> changes, StoredRollout rollout)
    {
        if (rollout.Definition.Test?.Slices is not { } columns || rollout.Slices.Count >= rollout.Definition.MostSlices)
            return rollout.Slices;
        var assigned = Assigned(changes, rollout).Where(change => change.Replaced is null).ToArray();
        var found = columns.SelectMany(column => assigned.Select(change => (Column: column, Value: change.Categories.GetValueOrDefault(column)))).Where(one => one.Value is not null)
            .GroupBy(one => new Slice(one.Column, one.Value!)).OrderByDescending(same => same.Count())
            .ThenBy(same => same.Key.Column, StringComparer.Ordinal).ThenBy(same => same.Key.Value, StringComparer.Ordinal).Select(same => same.Key);
        return [.. rollout.Slices, .. found.Except(rollout.Slices).Take(rollout.Definition.MostSlices - rollout.Slices.Count)];
    }

    private static IEnumerable<FeedbackChange> Assigned(IReadOnlyList<FeedbackChange> changes, StoredRollout rollout)
    {
        var (began, versions) = (rollout.State.Started.ToUnixTimeMilliseconds(), rollout.Definition.Versions.ToHashSet(StringComparer.Ordinal));
        // Feedback of all models of the store comes in one order.
        return changes.Where(change => change.Route is not null && versions.Contains(change.Version) && ServedModelLog.MillisecondsOf(change.PredictionId) >= began);
    }

    private static VersionSums Sums(FeedbackChange[] changes, IReadOnlyList<Slice> slices) => new()
    {
        Confusion = Confusion(changes),
        FeedbackGroups = Groups(changes),
        Slices =
        [
            .. slices.Select(slice => (Slice: slice, Part: Array.FindAll(changes, change => change.Categories.GetValueOrDefault(slice.Column) == slice.Value))).Where(one => one.Part.Length > 0)
                .Select(one => new SliceSums(one.Slice.Column, one.Slice.Value, Confusion(one.Part), Groups(one.Part))),
        ],
    };

    private static IReadOnlyList<LabelPair> Confusion(FeedbackChange[] changes)
    {
        var pairs = changes.Select(change => new LabelPair(change.Label, change.Predicted, 1))
            .Concat(changes.Where(change => change.Replaced is not null).Select(change => new LabelPair(change.Replaced!, change.Predicted, -1)));
        return
        [
            .. pairs.GroupBy(pair => (pair.First, pair.Second)).Select(same => new LabelPair(same.Key.First, same.Key.Second, same.Sum(pair => pair.Rows)))
                .Where(pair => pair.Rows != 0).OrderBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal),
        ];
    }

    private static IReadOnlyList<GroupSums> Groups(FeedbackChange[] changes) =>
    [
        .. changes.GroupBy(change => TrafficRouter.GroupOf(change.Route!.Value)).OrderBy(group => group.Key)
            .Select(group => new GroupSums(group.Key, group.Count(change => change.Replaced is null), group.Sum(change => IsRight(change, change.Label) - IsRight(change, change.Replaced)))),
    ];

    private static int IsRight(FeedbackChange change, string? label) => change.Predicted == label ? 1 : 0;
}
