namespace Plumbline.Rollouts;

/// <summary>What is known of an A/B test at one time.</summary>
/// <param name="Verdict">That of the best candidate; <see cref="AbVerdict.Invalid"/> for all where the arms were not filled as assigned.</param>
/// <param name="Metric">In words.</param>
/// <param name="Arms">The stable version, then the candidates.</param>
/// <param name="SampleRatioEvidence">ln of the most that the units ever spoke against the shares, and <paramref name="SampleRatioLimit"/> from where on they are mismatched.</param>
/// <param name="HasEnded">Whether the horizon is reached.</param>
public sealed record AbReport(
    AbVerdict Verdict, string Metric, IReadOnlyList<AbArm> Arms, IReadOnlyList<AbComparison> Comparisons, double SampleRatioEvidence, double SampleRatioLimit, bool HasEnded)
{
    /// <summary>One a slice and candidate, by column and value in ordinal order; null where the test is not looked at by slice.</summary>
    public IReadOnlyList<SliceComparison>? Slices { get; init; }

    /// <summary>Slices for which their bounds are corrected, whether they came or not.</summary>
    public int? MostSlices { get; init; }

    /// <summary>One a categorical input that the test is looked at by.</summary>
    public IReadOnlyList<SlicedColumn>? Columns { get; init; }
}

/// <param name="Share">Of units that it was to get.</param>
/// <param name="Units">That it got; of many about so many.</param>
/// <param name="Rows">That the metric is over.</param>
/// <param name="Value">Of the metric; null without rows.</param>
public sealed record AbArm(string Version, double Share, long Units, long Rows, double? Value);

/// <summary>A candidate against the stable version.</summary>
/// <param name="Effect">Of the metric, candidate less stable; null without rows of both. It lies within <paramref name="Low"/> and <paramref name="High"/>, however often one looks.</param>
/// <param name="LogEvidence">ln of the evidence against there being no effect.</param>
/// <param name="DesignEffect">How many times the variance is that of independent rows, because those of one unit are alike.</param>
/// <param name="RowsNeeded">Rows an arm after which the minimum effect is told from none with a chance of 95 %, as rows now are; null while that is unknown.</param>
public sealed record AbComparison(
    string Version, AbVerdict Verdict, double? Effect, double Low, double High, double LogEvidence, double DesignEffect, long? RowsNeeded, IReadOnlyList<LabelComparison> Labels, string Explanation);

/// <summary>One label in two arms. Its bounds hold for it alone: no conclusion is drawn from them.</summary>
/// <param name="StableRows">Feedback whose true label it is; likewise <paramref name="CandidateRows"/>.</param>
/// <param name="Effect">Of F1, candidate less stable.</param>
public sealed record LabelComparison(
    string Label, long StableRows, long CandidateRows, double StablePrecision, double CandidatePrecision, double StableRecall, double CandidateRecall,
    double StableF1, double CandidateF1, double Effect, double Low, double High);

/// <summary>A candidate against the stable version in one slice. The test is not decided by it.</summary>
/// <param name="StableRows">That the metric is over; likewise <paramref name="CandidateRows"/>.</param>
/// <param name="Effect">Candidate less stable; null without rows of both. It lies within <paramref name="Low"/> and <paramref name="High"/>, of all slices and candidates together, however often one looks.</param>
/// <param name="Missing">Why nothing can be concluded of it yet; null if it can.</param>
public sealed record SliceComparison(
    string Column, string Value, string Version, AbVerdict Verdict, long StableRows, long CandidateRows, double? Stable, double? Candidate, double? Effect, double Low, double High, string? Missing);

/// <param name="Rows">Feedback of all arms.</param>
/// <param name="UnslicedRows">Of these, that no slice of the column has: their value is missing, or came when there were as many slices as may be.</param>
public sealed record SlicedColumn(string Column, long Rows, long UnslicedRows);

public enum AbVerdict
{
    /// <summary>Neither is known yet.</summary>
    Undecided,

    /// <summary>The effect is above 0.</summary>
    Better,

    /// <summary>The effect is below 0.</summary>
    Worse,

    /// <summary>The effect is within the minimum effect both ways.</summary>
    Equivalent,

    /// <summary>A guardrail fails, whatever the effect.</summary>
    Harmful,

    /// <summary>Arms were not filled as assigned: nothing can be concluded.</summary>
    Invalid,
}
