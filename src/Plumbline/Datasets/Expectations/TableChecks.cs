using System.Text;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Profiling;
using Plumbline.Statistics;

namespace Plumbline.Datasets.Expectations;

/// <summary>What expectations of all records are evaluated on.</summary>
/// <param name="Rows">Records read.</param>
/// <param name="Profile">Null where the records could not be profiled, because reading or splitting them failed.</param>
/// <param name="Previous">Of the data set's last snapshot; null where there is none.</param>
/// <param name="Problem">Why that one could not be read; null where it could, or is none.</param>
internal sealed record TableFacts(ColumnNames Columns, long Rows, DataProfile? Profile, DataProfile? Previous, DateTimeOffset Now, string? Problem = null);

/// <summary>Evaluates expectations of all records: pure functions of <see cref="TableFacts"/>. Thread-safe.</summary>
internal static partial class TableChecks
{
    public static ExpectationResult Evaluate(Expectation expectation, TableFacts facts)
    {
        var arguments = expectation.Arguments;
        if (expectation.Type == ExpectationType.ExpectTableColumnsToMatchSet)
            return MatchColumns(expectation, facts.Columns.All);
        if (arguments.Column is { } column && facts.Columns.Find(column) == ColumnNames.Missing)
            return Unmet(expectation, $"the source has no column '{FieldCleaning.Quote(column)}'; its columns: {FieldCleaning.QuoteAll(facts.Columns.All)}");
        if (expectation.Type == ExpectationType.ExpectColumnToExist)
            return new ExpectationResult(true, expectation, new Observation());
        if (expectation.Type == ExpectationType.ExpectTableRowCountToBeBetween)
            return Between(expectation, facts.Rows);
        return facts.Profile is { } profile ? Evaluate(expectation, facts, profile) : Skip(expectation, "the records were not profiled, because they cannot become a snapshot");
    }

    private static ExpectationResult Evaluate(Expectation expectation, TableFacts facts, DataProfile profile) => expectation.Type switch
    {
        ExpectationType.ExpectTextProportionOfScriptToBeBetween => Share(expectation, profile.Text.Scripts, expectation.Arguments.Script!),
        ExpectationType.ExpectTextProportionOfLanguageToBeBetween => profile.Text.Languages.All(language => language.Value == "und")
            ? Skip(expectation, "no language was detected")
            : Share(expectation, profile.Text.Languages, expectation.Arguments.Language!),
        ExpectationType.ExpectLabelProportionToBeBetween => Share(
            expectation, [.. profile.Labels.Select(label => new ValueCount(label.Label, label.Rows))], expectation.Arguments.Label!, StringComparison.Ordinal),
        ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween or ExpectationType.ExpectTableProportionOfLabelConflictsToBeBetween
            or ExpectationType.ExpectTableProportionOfSplitLeakageToBeBetween => Evaluate(expectation, TextCounts.Of(profile)),
        ExpectationType.ExpectColumnLabelAccuracyToBeLessThan => LabelAccuracy(expectation, facts, profile),
        ExpectationType.ExpectTableNewestTimeAgeToBeBetween => Age(expectation, facts, profile),
        ExpectationType.ExpectColumnPopulationStabilityIndexToBeLessThan => Shift(expectation, facts, profile, (before, now) => Divergence.PopulationStabilityIndex(before, now)),
        ExpectationType.ExpectColumnJensenShannonDistanceToBeLessThan => Shift(expectation, facts, profile, (before, now) => Divergence.JensenShannonDistance(before, now)),
        _ => EvaluateColumn(expectation, facts.Columns.All[facts.Columns.Find(expectation.Arguments.Column!)], profile),
    };

    /// <param name="expectation">Of duplicates, label conflicts or leakage.</param>
    private static ExpectationResult Evaluate(Expectation expectation, TextCounts counts) => expectation.Type switch
    {
        ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween => Repeats(expectation, counts.Normalised, counts.Near, Math.Max(1.0, counts.Kept)),
        ExpectationType.ExpectTableProportionOfSplitLeakageToBeBetween => Repeats(expectation, counts.AcrossSplits, counts.NearAcrossSplits, Math.Max(1.0, counts.Held)),
        _ => Between(expectation, counts.ConflictingRows / Math.Max(1.0, counts.Kept), $"{Count(counts.ConflictingTexts, "text")} with several labels"),
    };

    /// <summary>Which records an expectation counts; none where it counts no texts of several records.</summary>
    public static TextFaults FaultsOf(Expectation expectation) => (expectation.Type, expectation.Arguments.Near == true) switch
    {
        (ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween, false) => TextFaults.Repeated,
        (ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween, true) => TextFaults.NearlyRepeated,
        (ExpectationType.ExpectTableProportionOfLabelConflictsToBeBetween, _) => TextFaults.Conflicting,
        (ExpectationType.ExpectTableProportionOfSplitLeakageToBeBetween, false) => TextFaults.Leaking,
        (ExpectationType.ExpectTableProportionOfSplitLeakageToBeBetween, true) => TextFaults.NearlyLeaking,
        _ => TextFaults.None,
    };

    /// <summary>Whether an expectation with <see cref="FaultsOf"/> is not met because there are too many of them.</summary>
    public static bool IsExceeded(Expectation expectation, TextCounts counts) =>
        expectation.Arguments.MaxValue is { } most && ExpectationGrammar.TryBound(most, out var bound) && Evaluate(expectation, counts).Result.ObservedValue > bound;

    /// <param name="near">Null where near-duplicates were not looked for.</param>
    private static ExpectationResult Repeats(Expectation expectation, long normalised, long? near, double all)
    {
        if (expectation.Arguments.Near != true)
            return Between(expectation, normalised / all);
        return near is { } found ? Between(expectation, found / all) : Skip(expectation, "near-duplicates were not looked for");
    }

    private static ExpectationResult MatchColumns(Expectation expectation, IReadOnlyList<string> columns)
    {
        var expected = expectation.Arguments.ColumnSet!;
        var missing = expected.Except(columns, StringComparer.Ordinal).ToArray();
        var additional = expectation.Arguments.ExactMatch == false ? [] : columns.Except(expected, StringComparer.Ordinal).ToArray();
        string[] details =
        [
            .. missing.Length == 0 ? Array.Empty<string>() : [$"missing: {FieldCleaning.QuoteAll(missing)}"],
            .. additional.Length == 0 ? Array.Empty<string>() : [$"not expected: {FieldCleaning.QuoteAll(additional)}"],
        ];
        return new ExpectationResult(details.Length == 0, expectation, new Observation
        {
            ObservedValue = columns.Count,
            Details = details.Length == 0 ? null : string.Join("; ", details),
            PartialUnexpectedList = details.Length == 0 ? null : [.. missing.Concat(additional).Take(RowChecks.Examples).Select(name => RowTallies.Excerpt(Encoding.UTF8.GetBytes(name)))],
        });
    }

    private static ExpectationResult Share(Expectation expectation, IReadOnlyList<ValueCount> counts, string value, StringComparison comparison = StringComparison.OrdinalIgnoreCase)
    {
        var all = Math.Max(1.0, counts.Sum(count => count.Count));
        var shares = counts.OrderByDescending(count => count.Count).Take(5).Select(count => FormattableString.Invariant($"'{FieldCleaning.Quote(count.Value)}' {count.Count / all:0.0 %}"));
        return Between(expectation, counts.FirstOrDefault(count => string.Equals(count.Value, value, comparison)) is { } found ? found.Count / all : 0, string.Join(", ", shares));
    }

    private static ExpectationResult LabelAccuracy(Expectation expectation, TableFacts facts, DataProfile profile)
    {
        var number = expectation.Arguments.Column is { } name ? facts.Columns.Find(name) : ColumnNames.Missing;
        if (number == facts.Columns.Mapping.Text.Index || number == facts.Columns.Mapping.Label?.Index)
            return Skip(expectation, "what text and label foretell is not measured");
        if (profile.PredictorsMeasured == false)
            return Skip(expectation, $"one half of the sample has fewer than {LabelPredictors.FewestRows} records with a label, too few to measure it");
        var column = number == ColumnNames.Missing ? null : facts.Columns.All[number];
        var best = profile.Predictors.Where(predictor => column is null || predictor.Column == column).MaxBy(predictor => predictor.Accuracy);
        return best is null
            ? Below(expectation, 0, "no column foretells the label better than its most frequent value")
            : Below(expectation, best.Accuracy, FormattableString.Invariant($"'{FieldCleaning.Quote(best.Column)}' alone foretells {best.Accuracy:0.0 %} of the labels, always the most frequent one {best.Baseline:0.0 %}"));
    }

    private static ExpectationResult Age(Expectation expectation, TableFacts facts, DataProfile profile)
    {
        if (profile.Times is not { } times)
            return Unmet(expectation, "the records have no times that can be read");
        var newest = DateTimeOffset.UnixEpoch.AddTicks(times.Last * TimeSpan.TicksPerMicrosecond);
        return Between(expectation, (facts.Now - newest).TotalDays, FormattableString.Invariant($"the newest record is of {newest:yyyy-MM-dd HH:mm} UTC"));
    }

    private static ExpectationResult Shift(Expectation expectation, TableFacts facts, DataProfile profile, Func<double[], double[], double> measure)
    {
        if (facts.Previous is null)
            return Skip(expectation, facts.Problem is { } problem ? $"the profile of the earlier snapshot cannot be used: {problem}" : "there is no earlier snapshot of this data set with a profile");
        if (Distribution.Of(expectation.Arguments.Column!, facts.Columns, profile, facts.Previous) is not { } distribution)
            return Distribution.HasValues(expectation.Arguments.Column!, facts.Columns, facts.Previous)
                ? Unmet(expectation, "none of its values are there any more, which the earlier snapshot has")
                : Skip(expectation, "the column has no values in the earlier snapshot");
        var most = Enumerable.Range(0, distribution.Bins.Count).MaxBy(bin => Math.Abs(distribution.Now[bin] - distribution.Before[bin]));
        return Below(
            expectation, measure(distribution.Before, distribution.Now),
            FormattableString.Invariant($"most of it in '{distribution.Bins[most]}': {distribution.Before[most]:0.0 %} before, {distribution.Now[most]:0.0 %} now"));
    }

    private static ExpectationResult Between(Expectation expectation, double observed, string? details = null)
    {
        var (min, max) = (double.NegativeInfinity, double.PositiveInfinity);
        if (expectation.Arguments.MinValue is { } low)
            ExpectationGrammar.TryBound(low, out min);
        if (expectation.Arguments.MaxValue is { } high)
            ExpectationGrammar.TryBound(high, out max);
        return new ExpectationResult(observed >= min && observed <= max, expectation, new Observation { ObservedValue = observed, Details = details });
    }

    private static ExpectationResult Below(Expectation expectation, double observed, string details) =>
        new(observed < expectation.Arguments.Threshold, expectation, new Observation { ObservedValue = observed, Details = details });

    private static ExpectationResult Unmet(Expectation expectation, string details) => new(false, expectation, new Observation { Details = details });

    private static ExpectationResult Skip(Expectation expectation, string reason) => new(true, expectation, new Observation(), reason);

    private static string Count(long count, string noun) => FormattableString.Invariant($"{count:#,0} {noun}{(count == 1 ? "" : "s")}");
}
