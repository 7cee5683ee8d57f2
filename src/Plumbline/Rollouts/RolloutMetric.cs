namespace Plumbline.Rollouts;

/// <summary>What is better when greater.</summary>
public enum RolloutMetric
{
    Accuracy,
    MacroF1,

    /// <summary>Of one label; likewise recall and precision.</summary>
    LabelF1,

    LabelRecall,
    LabelPrecision,

    /// <summary>Mean of <see cref="VersionSums.Outcome"/>.</summary>
    Outcome,
}

internal static class RolloutMetrics
{
    public static bool IsOfLabel(this RolloutMetric metric) => metric is RolloutMetric.LabelF1 or RolloutMetric.LabelRecall or RolloutMetric.LabelPrecision;

    public static string Text(this RolloutMetric metric, string? label) => metric switch
    {
        RolloutMetric.Accuracy => "accuracy",
        RolloutMetric.MacroF1 => "macro-F1",
        RolloutMetric.LabelF1 => $"F1 of {label}",
        RolloutMetric.LabelRecall => $"recall of {label}",
        RolloutMetric.LabelPrecision => $"precision of {label}",
        _ => "mean outcome",
    };
}
