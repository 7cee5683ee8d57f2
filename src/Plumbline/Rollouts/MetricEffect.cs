using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>How much better a candidate is than the stable version in a metric, with bounds that hold however often one looks.</summary>
/// <param name="Candidate">The metric's value; NaN without rows. Likewise <paramref name="Stable"/>.</param>
/// <param name="Low">Bounds of the effect, candidate less stable.</param>
/// <param name="CandidateRows">Rows that the metric is over: of recall those of the label, of precision those predicted it, of F1 of a label those that are either.</param>
internal sealed record MetricEffect(double Candidate, double Stable, double Low, double High, long CandidateRows, long StableRows)
{
    public double Effect => Candidate - Stable;

    /// <summary>How many times the variance is that of independent rows.</summary>
    public double DesignEffect { get; init; } = 1;

    /// <summary>Standard deviation of one row, design effect included.</summary>
    public double Deviation { get; init; } = double.NaN;

    /// <summary>ln of the evidence against there being no effect.</summary>
    public double LogEvidence { get; init; }

    /// <summary>Why nothing can be concluded yet; null if it can.</summary>
    public string? Missing { get; init; }

    /// <param name="planned">Rows an arm at which the bounds are tightest.</param>
    /// <param name="least">Rows an arm before anything is concluded.</param>
    public static MetricEffect Of(RolloutMetric metric, string? label, VersionSums candidate, VersionSums stable, long planned, long least, double alpha) => metric == RolloutMetric.Outcome
        ? OfMeans(candidate.Outcome, stable.Outcome, planned, least, alpha)
        : Of(metric, label, ScoredArm.Of(candidate, stable), ScoredArm.Of(stable, candidate), planned, least, alpha);

    /// <param name="candidate">Over the same labels as the stable version's.</param>
    public static MetricEffect Of(RolloutMetric metric, string? label, ScoredArm candidate, ScoredArm stable, long planned, long least, double alpha)
    {
        var (one, other) = (candidate.Score(metric, label), stable.Score(metric, label));
        var missing = TooFew(one.Rows, other.Rows, least) ?? candidate.Missing(metric, label) ?? stable.Missing(metric, label);
        return Bounded(one, other, (candidate.DesignEffect, stable.DesignEffect), metric is not (RolloutMetric.MacroF1 or RolloutMetric.LabelF1), planned, alpha) with { Missing = missing };
    }

    /// <summary>Effect of one mean over another.</summary>
    public static MetricEffect OfMeans(MeanSums candidate, MeanSums stable, long planned, long least, double alpha) =>
        Bounded(candidate.Score, stable.Score, (candidate.DesignEffect, stable.DesignEffect), candidate.IsProportion && stable.IsProportion, planned, alpha) with
        {
            Missing = TooFew(candidate.Count, stable.Count, least),
        };

    private static MetricEffect Bounded(ConfusionScore one, ConfusionScore other, (double One, double Other) designs, bool areProportions, long planned, double alpha)
    {
        if (one.Rows == 0 || other.Rows == 0)
            return new MetricEffect(one.Rows == 0 ? double.NaN : one.Value, other.Rows == 0 ? double.NaN : other.Value, -1, 1, one.Rows, other.Rows);
        var (mine, theirs) = (one.Variance * designs.One, other.Variance * designs.Other);
        var design = (mine + theirs) / (one.Variance + other.Variance);
        var progress = 2.0 * one.Rows / planned * other.Rows / (one.Rows + other.Rows);
        var (effect, error) = (one.Value - other.Value, Math.Sqrt(mine + theirs));
        var width = AsymptoticSequence.HalfWidth(error, progress, alpha);
        var (low, high) = areProportions ? ProportionDifference.Interval(Hits(one), Hits(other), progress, alpha, design) : (Math.Max(-1, effect - width), Math.Min(1, effect + width));
        var distance = areProportions ? ProportionDifference.SquaredDistance(Hits(one), Hits(other), 0) / design : Math.Pow(effect / error, 2);
        return new MetricEffect(one.Value, other.Value, low, high, one.Rows, other.Rows)
        {
            DesignEffect = design,
            Deviation = Math.Sqrt(((mine * one.Rows) + (theirs * other.Rows)) / 2),
            LogEvidence = AsymptoticSequence.LogEvidence(distance, progress, alpha),
        };
    }

    private static (long Hits, long Trials) Hits(ConfusionScore score) => ((long)Math.Round(score.Value * score.Rows), score.Rows);

    private static string? TooFew(long candidate, long stable, long least) =>
        Math.Min(candidate, stable) >= least ? null : FormattableString.Invariant($"{Math.Min(candidate, stable):N0} of {least:N0} rows in an arm");
}
