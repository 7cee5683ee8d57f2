namespace Plumbline.Rollouts;

/// <summary>The table of labels of an A/B test.</summary>
internal static class LabelComparisons
{
    /// <summary>One a label that feedback has, in ordinal order.</summary>
    public static IReadOnlyList<LabelComparison> Of(VersionSums candidate, VersionSums stable, long planned, double alpha)
    {
        var (mine, theirs) = (ScoredArm.Of(candidate, stable), ScoredArm.Of(stable, candidate));
        return [.. mine.Labels.Select(label =>
        {
            var effect = MetricEffect.Of(RolloutMetric.LabelF1, label, mine, theirs, planned, 1, alpha);
            var (recall, stableRecall) = (mine.Score(RolloutMetric.LabelRecall, label), theirs.Score(RolloutMetric.LabelRecall, label));
            return new LabelComparison(
                label, stableRecall.Rows, recall.Rows, theirs.Score(RolloutMetric.LabelPrecision, label).Value, mine.Score(RolloutMetric.LabelPrecision, label).Value,
                stableRecall.Value, recall.Value, effect.Stable, effect.Candidate, effect.Effect, effect.Low, effect.High);
        })];
    }
}
