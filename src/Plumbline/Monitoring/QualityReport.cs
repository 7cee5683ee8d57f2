using System.Text.Json;

namespace Plumbline.Monitoring;

/// <summary>A stretch of the report's time.</summary>
/// <param name="Completeness">Which part of the labels that ever come has come, as far as it is known.</param>
/// <param name="IsMature">Whether it is compared: too few labels have come otherwise.</param>
/// <param name="Scores">Null without labels.</param>
/// <param name="Estimated">Null where nobody counted probabilities.</param>
public sealed record QualityPeriod(
    DateTimeOffset From, DateTimeOffset Until, long Requests, long Labels, double Completeness, bool IsMature, PeriodScores? Scores, PeriodScores? Estimated);

/// <summary>Scores and their 95 % intervals.</summary>
public sealed record PeriodScores(Statistics.Estimate Accuracy, Statistics.Estimate MacroF1);

/// <summary>Labelled predictions that have something in common.</summary>
/// <param name="Slice">Such as <c>channel=web</c>.</param>
public sealed record SliceScores(string Slice, long Labels, Statistics.Estimate Accuracy, Statistics.Estimate MacroF1, double Ece);

/// <summary>What is known of errors in the order of labels.</summary>
/// <param name="Labels">Of the version, all time.</param>
/// <param name="InForce">The last change, unless errors have become nearly as rare again as before it; null: none.</param>
/// <param name="Stands">Whether enough labels have come since, and say the same: else it may be chance.</param>
/// <param name="Changes">All that were found, the last 20, the newest last.</param>
public sealed record ConceptDriftState(long Labels, ErrorChange? InForce, bool Stands, IReadOnlyList<ErrorChange> Changes);

/// <summary>How right a version's answers were, by the labels that have come, and are expected to be: docs/specs/quality.md. Immutable.</summary>
/// <param name="Where">The slice that was looked at; null: all.</param>
/// <param name="Requests">Answers that servers counted.</param>
/// <param name="ReferenceMacroF1">Of the bundle's test split; NaN where it is not known.</param>
/// <param name="ReferenceAccuracy">Likewise.</param>
/// <param name="Measured">Of mature windows; null where these have no labels.</param>
/// <param name="ImmatureLabels">Labels of windows that are not mature, and are not in <paramref name="Measured"/>.</param>
/// <param name="Estimated">Of all windows; null where nobody counted probabilities.</param>
/// <param name="ReferenceEstimated">The same of the bundle's test split.</param>
/// <param name="Delay">By age of predictions, the youngest first.</param>
public sealed record QualityReport(
    string Version, string Profile, DateTimeOffset From, DateTimeOffset Until, string? Where, long Requests, double ReferenceMacroF1, double ReferenceAccuracy, QualityScores? Measured, long ImmatureLabels,
    EstimatedQuality? Estimated, EstimatedQuality? ReferenceEstimated, ConceptDriftState ConceptDrift, IReadOnlyList<LabelledShare> Delay, IReadOnlyList<SliceScores> Slices,
    IReadOnlyList<QualityPeriod> Periods, DriftDecision Decision)
{
    /// <summary>Labels below which nothing is said of a loss.</summary>
    public const int LeastLabels = 200;

    /// <summary>On one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QualityJson.Default.QualityReport);

    /// <summary>What is to be done about what the report has.</summary>
    internal QualityReport Judged(DriftProfile profile) => this with { Decision = Judge(profile) };

    private DriftDecision Judge(DriftProfile profile)
    {
        List<string> grave = [], doubtful = [];
        if (Measured is { } measured && measured.Labels >= LeastLabels && measured.MacroF1.Value < ReferenceMacroF1 - profile.Margin && measured.MacroF1.High < ReferenceMacroF1)
            grave.Add(FormattableString.Invariant($"macro-F1 of {measured.Labels:n0} labelled predictions is {measured.MacroF1.Value:0.000} ({measured.MacroF1.Low:0.000} to {measured.MacroF1.High:0.000}), more than {profile.Margin:0.0##} below {ReferenceMacroF1:0.000} of the test split"));
        if (ConceptDrift.InForce is { } change)
            (ConceptDrift.Stands ? grave : doubtful).Add(FormattableString.Invariant($"errors became more frequent: {change.Before:p1} before, {change.After:p1} since, found at label {change.Label:n0} on {change.Time:yyyy-MM-dd HH:mm} UTC ({change.Test}){(change.Pair is [var one, var other] ? $", which shows in {one} and {other} taken for each other" : "")}"));
        if (Estimated is { } estimated && estimated.Requests >= LeastLabels && estimated.MacroF1.High < ExpectedMacroF1 - profile.Margin)
            doubtful.Add(FormattableString.Invariant($"macro-F1 is estimated to be {estimated.MacroF1.Value:0.000} ({estimated.MacroF1.Low:0.000} to {estimated.MacroF1.High:0.000}) without labels, more than {profile.Margin:0.0##} below {ExpectedMacroF1:0.000} of the test split"));
        if (grave.Count > 0)
            return new DriftDecision(profile.Action, [.. grave, .. doubtful]);
        return doubtful.Count > 0 ? new DriftDecision(DriftAction.Watch, doubtful) : new DriftDecision(DriftAction.None, [Quiet()]);
    }

    /// <summary>Estimates are held against an estimate where there is one, since both are off by the same.</summary>
    private double ExpectedMacroF1 => ReferenceEstimated?.MacroF1.Value ?? ReferenceMacroF1;

    private string Quiet() => Measured switch
    {
        null => ImmatureLabels > 0 ? FormattableString.Invariant($"{ImmatureLabels:n0} labels have come, but most of their windows' are still to come") : "no labels have come",
        { Labels: < LeastLabels } few => FormattableString.Invariant($"{few.Labels:n0} labelled predictions are too few to judge; {LeastLabels} are needed"),
        { } measured when double.IsNaN(ReferenceMacroF1) => FormattableString.Invariant($"macro-F1 is {measured.MacroF1.Value:0.000}; that of the test split is not known"),
        { } measured => FormattableString.Invariant($"macro-F1 is {measured.MacroF1.Value:0.000}, beside {ReferenceMacroF1:0.000} of the test split"),
    };
}
