using System.Globalization;
using System.Text;
using Plumbline.Datasets.Profiling;
using Plumbline.Statistics;

namespace Plumbline.Datasets.Expectations;

/// <summary>
/// What may be expected of the next records of a data set, as the profile of good ones shows it: with slack, so that ordinary change passes. All are of
/// severity warn. The records of the profile itself meet all of them.
/// </summary>
internal static class SuiteInference
{
    private const int SetSize = 20;
    private const int RowsOfAValue = 20;
    private const int Labels = 30;

    /// <summary>1900, before which no time is read.</summary>
    private const double FirstTime = -2_208_988_800e6;

    private const double Clear = 0.8;
    private const double ShiftThreshold = 0.25;
    private const double LeakThreshold = 0.9;

    public static IReadOnlyList<Expectation> Infer(DataProfile profile, ColumnNames columns)
    {
        var suite = new List<Expectation>
        {
            Of(ExpectationType.ExpectTableColumnsToMatchSet, new() { ColumnSet = columns.All, ExactMatch = false }),
            Of(ExpectationType.ExpectTableRowCountToBeBetween, new() { MinValue = Text(profile.Rows / 2) }),
        };
        foreach (var column in profile.Columns.DistinctBy(column => column.Name))
        {
            var use = columns.Find(column.Name);
            if (use == columns.Mapping.Text.Index)
                AddText(suite, profile, column.Name);
            else if (use == columns.Mapping.Label?.Index)
                AddLabel(suite, profile, column.Name);
            else
                AddColumn(suite, profile, column);
        }
        AddRepeats(suite, profile);
        foreach (var input in columns.Mapping.Numeric.Concat(columns.Mapping.Categorical))
            suite.Add(Of(ExpectationType.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = input.Name, Threshold = ShiftThreshold }));
        return suite;
    }

    private static void AddText(List<Expectation> suite, DataProfile profile, string name)
    {
        var (text, rows) = (profile.Text, profile.Rows);
        AddNotNull(suite, name, Distribution.Find(profile, name)!, rows);
        var lengths = text.Characters;
        if (lengths.Count > 0)
            suite.Add(Of(ExpectationType.ExpectColumnValueLengthsToBeBetween, new()
            {
                Column = name,
                MinValue = Text(Math.Floor(lengths.Quantiles[1] / 2)),
                MaxValue = Text(Math.Ceiling(lengths.Quantiles[^2] * 4)),
                Mostly = 0.98,
            }));
        suite.Add(Of(ExpectationType.ExpectColumnValuesToNotHaveReplacementCharacters, new() { Column = name, Mostly = Mostly(text.ReplacementCharacters, rows) }));
        suite.Add(Of(ExpectationType.ExpectColumnValuesToNotHaveMojibake, new() { Column = name, Mostly = Mostly(text.Mojibake, rows) }));
        if (Clearly(text.Scripts) is ({ } script, var share) && script != "none")
            suite.Add(Of(ExpectationType.ExpectTextProportionOfScriptToBeBetween, new() { Script = script, MinValue = Text(Math.Round(share - 0.05, 3)) }));
        if (Clearly(text.Languages) is ({ } language, var part) && language != "und")
            suite.Add(Of(ExpectationType.ExpectTextProportionOfLanguageToBeBetween, new() { Language = language, MinValue = Text(Math.Round(part - 0.1, 3)) }));
        suite.Add(Of(ExpectationType.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = name, Threshold = ShiftThreshold }));
    }

    private static void AddLabel(List<Expectation> suite, DataProfile profile, string name)
    {
        var column = Distribution.Find(profile, name)!;
        AddNotNull(suite, name, column, profile.Rows);
        AddSet(suite, column, profile.Rows, Labels * 10);
        suite.Add(Of(ExpectationType.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = name, Threshold = ShiftThreshold }));
        var all = Math.Max(1.0, profile.Labels.Sum(label => label.Rows));
        if (profile.Labels.Count > Labels)
            return;
        foreach (var label in profile.Labels)
        {
            var share = label.Rows / all;
            suite.Add(Of(ExpectationType.ExpectLabelProportionToBeBetween, new()
            {
                Label = label.Label,
                MinValue = Text(Math.Round(share / 2, 4)),
                MaxValue = Text(Math.Round(Math.Min(1, (share * 1.5) + 0.02), 4)),
            }));
        }
    }

    private static void AddColumn(List<Expectation> suite, DataProfile profile, ColumnProfile column)
    {
        var present = profile.Rows - column.Missing;
        AddNotNull(suite, column.Name, column, profile.Rows);
        if (present == 0)
            return;
        if (column.Type is not (FieldType.String or FieldType.Text))
            suite.Add(Of(ExpectationType.ExpectColumnValuesToBeOfType, new() { Column = column.Name, Type = column.Type, Mostly = Mostly(column.Mistyped, present) }));
        // Beyond some thousands distinct values are an estimate, which is off by a few per cent.
        if (column.Type is FieldType.String or FieldType.Integer && present > RowsOfAValue && column.Distinct >= 0.97 * present)
            suite.Add(Of(ExpectationType.ExpectColumnValuesToBeUnique, new() { Column = column.Name, Mostly = 0.9 }));
        if (column.Distinct <= SetSize && present >= RowsOfAValue * column.Distinct && column.Type is not (FieldType.Boolean or FieldType.Time or FieldType.Text))
            AddSet(suite, column, profile.Rows, SetSize);
        else if (column.Numbers is { Count: > 0 } numbers)
            AddRange(suite, column, numbers, present);
    }

    private static void AddNotNull(List<Expectation> suite, string name, ColumnProfile column, long rows)
    {
        if (column.Missing * 2 < rows)
            suite.Add(Of(ExpectationType.ExpectColumnValuesToNotBeNull, new() { Column = name, Mostly = Mostly(column.Missing, rows) }));
    }

    private static void AddSet(List<Expectation> suite, ColumnProfile column, long rows, int most)
    {
        // A value that was cut has at least as many bytes.
        if (column.Distinct <= most && column.Distinct == column.Frequent.Count && column.Frequent.All(value => Encoding.UTF8.GetByteCount(value.Value) < FrequentValues.MostBytes))
            suite.Add(Of(ExpectationType.ExpectColumnValuesToBeInSet, new()
            {
                Column = column.Name,
                ValueSet = [.. column.Frequent.Select(value => value.Value).Order(StringComparer.Ordinal)],
                Mostly = Mostly(0, rows - column.Missing),
            }));
    }

    /// <summary>As far beyond the ends as they are from each other; not below zero where nothing is. Times go on, so they have a beginning only.</summary>
    private static void AddRange(List<Expectation> suite, ColumnProfile column, NumberProfile numbers, long present)
    {
        var spread = numbers.Max - numbers.Min;
        var low = numbers.Min >= 0 ? Math.Max(0, numbers.Min - spread) : numbers.Min - spread;
        suite.Add(Of(ExpectationType.ExpectColumnValuesToBeBetween, new()
        {
            Column = column.Name,
            MinValue = column.Type == FieldType.Time ? Date(low) : Text(low),
            MaxValue = column.Type == FieldType.Time ? null : Text(numbers.Max + spread),
            Mostly = Mostly(column.Mistyped, present),
        }));
    }

    private static void AddRepeats(List<Expectation> suite, DataProfile profile)
    {
        var (duplicates, kept) = (profile.Duplicates, Math.Max(1.0, profile.Labels.Sum(label => label.Rows)));
        var held = Math.Max(1.0, profile.Labels.Sum(label => label.Valid + label.Test));
        suite.Add(Of(ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween, new() { MaxValue = Above(duplicates.Normalised / kept) }));
        if (duplicates.Near is { } near)
            suite.Add(Of(ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween, new() { Near = true, MaxValue = Above(near / kept) }));
        suite.Add(Of(ExpectationType.ExpectTableProportionOfLabelConflictsToBeBetween, new() { MaxValue = Above(duplicates.ConflictingRows / kept) }));
        suite.Add(Of(ExpectationType.ExpectTableProportionOfSplitLeakageToBeBetween, new() { MaxValue = Above(duplicates.AcrossSplits / held) }));
        var best = profile.Predictors.Select(predictor => predictor.Accuracy).DefaultIfEmpty(0).Max();
        suite.Add(Of(ExpectationType.ExpectColumnLabelAccuracyToBeLessThan, new() { Threshold = best < LeakThreshold ? LeakThreshold : Math.Round((best + 1.01) / 2, 4) }));

        static string Above(double share) => Text(Math.Round(Math.Min(1, (share * 1.5) + 0.01), 4));
    }

    private static Expectation Of(ExpectationType type, ExpectationArguments arguments) => new(type, arguments, Severity.Warn, Inferred: true);

    /// <summary>The value that most have, if they clearly do, and its share.</summary>
    private static (string?, double) Clearly(IReadOnlyList<ValueCount> counts)
    {
        var share = counts.Count == 0 ? 0 : counts[0].Count / Math.Max(1.0, counts.Sum(count => count.Count));
        return share >= Clear ? (counts[0].Value, share) : (null, 0);
    }

    /// <summary>Twice the share of failures that was seen, and some more where few records were seen (the rule of three).</summary>
    private static double Mostly(long failures, long rows) => Math.Floor(Math.Max(0, 1 - (2.0 * failures / Math.Max(1, rows)) - (3.0 / Math.Max(1, rows))) * 10_000) / 10_000;

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Date(double microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)Math.Max(microseconds, FirstTime) * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
