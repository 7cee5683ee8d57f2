using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>
/// What was counted of one version: sums, so that those of servers and windows add up. Immutable, but for the histogram while it is recorded. Null is given where JSON lacks a key, and
/// means nothing.
/// </summary>
public sealed record VersionSums
{
    /// <summary>Bins of <see cref="ConfidenceBins"/>, as the drift baseline has them.</summary>
    public const int Bins = 20;

    /// <summary>A new one each time: its histogram may be recorded to.</summary>
    public static VersionSums None => new();

    /// <summary>Units that were assigned to the version for the first time in the rollout: each counts once, in one window of one server.</summary>
    public long Units { get; init; }

    /// <summary>Or units that were assigned to the version, whoever saw them and how often; then <see cref="Units"/> is 0.</summary>
    public UnitSample UnitSample { get; init => field = value ?? UnitSample.None; } = UnitSample.None;

    /// <summary>Requests, failed ones among them.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that failed by the server's fault: answered by a status of 500 or more, or not within their deadline.</summary>
    public long Errors { get; init; }

    /// <summary>Requests by group of units, and errors among them; empty where each unit has one request.</summary>
    public IReadOnlyList<GroupSums> ErrorGroups { get; init => field = value ?? []; } = [];

    /// <summary>Microseconds of each request that was answered.</summary>
    public LatencyHistogram Latency { get; init => field = value ?? new LatencyHistogram(); } = new();

    /// <summary>Probability of the answered label.</summary>
    public MeanSums Confidence { get; init => field = value ?? MeanSums.None; } = MeanSums.None;

    /// <summary>The same in twenty equal bins of [0, 1]; empty where none was counted.</summary>
    public IReadOnlyList<long> ConfidenceBins { get; init => field = value ?? []; } = [];

    /// <summary>Answers by label.</summary>
    public IReadOnlyDictionary<string, long> Predicted { get; init => field = value ?? new Dictionary<string, long>(); } = new Dictionary<string, long>();

    /// <summary>Feedback that arrived, by true and predicted label, on predictions made since the rollout began: earlier ones were not assigned by it.</summary>
    public IReadOnlyList<LabelPair> Confusion { get; init => field = value ?? []; } = [];

    /// <summary>Feedback by group of units: rows, and those that the prediction was right about.</summary>
    public IReadOnlyList<GroupSums> FeedbackGroups { get; init => field = value ?? []; } = [];

    /// <summary>Of the slices that gates are over or an A/B test is looked at by: the same of their part of the feedback.</summary>
    public IReadOnlyList<SliceSums> Slices { get; init => field = value ?? []; } = [];

    /// <summary>What the project counts as success, such as a conversion: 0 or 1, or anything between. As feedback, of predictions made since the rollout began.</summary>
    public MeanSums Outcome { get; init => field = value ?? MeanSums.None; } = MeanSums.None;

    /// <summary>Of a candidate: rows that the stable version answered, too.</summary>
    public ComparedSums Compared { get; init => field = value ?? ComparedSums.None; } = ComparedSums.None;

    /// <summary>What monitors say of the version's inputs; not a sum: the last one is kept. Likewise <see cref="OutputDrift"/>.</summary>
    public double? InputDrift { get; init; }

    public double? OutputDrift { get; init; }

    /// <param name="second">The later one.</param>
    public static VersionSums Sum(VersionSums first, VersionSums second) => new()
    {
        Units = first.Units + second.Units,
        UnitSample = UnitSample.Sum(first.UnitSample, second.UnitSample),
        Requests = first.Requests + second.Requests,
        Errors = first.Errors + second.Errors,
        ErrorGroups = GroupSums.Merge(first.ErrorGroups, second.ErrorGroups),
        Latency = LatencyHistogram.Sum(first.Latency, second.Latency),
        Confidence = MeanSums.Of(first.Confidence, second.Confidence),
        ConfidenceBins = Add(first.ConfidenceBins, second.ConfidenceBins),
        Predicted = Add(first.Predicted, second.Predicted),
        Confusion = LabelPair.Sum(first.Confusion, second.Confusion),
        FeedbackGroups = GroupSums.Merge(first.FeedbackGroups, second.FeedbackGroups),
        Slices = SliceSums.Merge(first.Slices, second.Slices),
        Outcome = MeanSums.Of(first.Outcome, second.Outcome),
        Compared = ComparedSums.Sum(first.Compared, second.Compared),
        InputDrift = second.InputDrift ?? first.InputDrift,
        OutputDrift = second.OutputDrift ?? first.OutputDrift,
    };

    /// <summary>The feedback on a slice; null: all of this.</summary>
    internal VersionSums Of(Slice? slice) => slice is null ? this
        : Slices.FirstOrDefault(sums => sums.Column == slice.Column && sums.Value == slice.Value) is { } found ? new VersionSums { Confusion = found.Confusion, FeedbackGroups = found.FeedbackGroups }
        : None;

    private static IReadOnlyList<long> Add(IReadOnlyList<long> first, IReadOnlyList<long> second) =>
        first.Count == 0 ? second : second.Count == 0 ? first : [.. first.Zip(second, (one, other) => one + other)];

    private static SortedDictionary<string, long> Add(IReadOnlyDictionary<string, long> first, IReadOnlyDictionary<string, long> second)
    {
        var sum = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (label, count) in first.Concat(second))
            sum[label] = sum.GetValueOrDefault(label) + count;
        return sum;
    }
}
