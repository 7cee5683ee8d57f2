using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>A version's feedback as a confusion matrix, from which scores follow.</summary>
internal sealed class ScoredArm
{
    /// <summary>True rows of every label that counts in a score by label, from which on it is close enough to normal: so says the simulation in the tests.</summary>
    public const int LeastLabelRows = 30;

    private readonly string[] _labels;
    private readonly long[] _cells;

    private ScoredArm(VersionSums sums, string[] labels)
    {
        (_labels, _cells) = (labels, LabelPair.Cells(sums.Confusion, labels));
        var accuracy = ConfusionScore.Accuracy(_cells, labels.Length).Value;
        // Of being right: what is alike in rows of one unit is so for all scores of them.
        DesignEffect = GroupSums.DesignEffect(sums.FeedbackGroups, accuracy * (1 - accuracy));
    }

    public IReadOnlyList<string> Labels => _labels;

    public double DesignEffect { get; }

    /// <summary>Over the labels of both.</summary>
    public static ScoredArm Of(VersionSums sums, VersionSums other) => new(sums, LabelPair.Labels(sums.Confusion, other.Confusion));

    /// <summary>NaN over no rows where feedback has no such label.</summary>
    public ConfusionScore Score(RolloutMetric metric, string? label)
    {
        var index = label is null ? -1 : Array.IndexOf(_labels, label);
        return metric switch
        {
            RolloutMetric.Accuracy => ConfusionScore.Accuracy(_cells, _labels.Length),
            RolloutMetric.MacroF1 => ConfusionScore.MacroF1(_cells, _labels.Length),
            _ when index < 0 => new ConfusionScore(double.NaN, 0, 0),
            RolloutMetric.LabelF1 => ConfusionScore.F1(_cells, _labels.Length, index),
            RolloutMetric.LabelRecall => ConfusionScore.Recall(_cells, _labels.Length, index),
            _ => ConfusionScore.Precision(_cells, _labels.Length, index),
        };
    }

    /// <summary>Why the score is not close to normal yet; null if it is.</summary>
    public string? Missing(RolloutMetric metric, string? label)
    {
        if (label is not null && !_labels.Contains(label))
            return $"no feedback has the label {Storage.MetadataText.Quote(label)}";
        if (metric == RolloutMetric.MacroF1 && _labels.Length < 2)
            return "feedback has less than two labels";
        if (metric is not (RolloutMetric.MacroF1 or RolloutMetric.LabelF1))
            return null;
        foreach (var name in label is null ? _labels : [label])
        {
            if (Score(RolloutMetric.LabelRecall, name).Rows is var rows && rows < LeastLabelRows)
                return FormattableString.Invariant($"label {Storage.MetadataText.Quote(name)} has {rows} of {LeastLabelRows} rows in an arm");
        }
        return null;
    }
}
