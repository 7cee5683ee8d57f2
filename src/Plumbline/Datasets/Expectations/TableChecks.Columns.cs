using Plumbline.Datasets.Profiling;

namespace Plumbline.Datasets.Expectations;

/// <summary>Those about the values of one column as a whole.</summary>
internal static partial class TableChecks
{
    private static ExpectationResult EvaluateColumn(Expectation expectation, string name, DataProfile profile)
    {
        if (Distribution.Find(profile, name) is not { } column)
            return Skip(expectation, $"the column '{FieldCleaning.Quote(name)}' was not profiled");
        switch (expectation.Type)
        {
            case ExpectationType.ExpectColumnUniqueValueCountToBeBetween:
                return Between(expectation, column.Distinct);
            case ExpectationType.ExpectColumnProportionOfUniqueValuesToBeBetween:
                return Between(expectation, Math.Min(1, column.Distinct / Math.Max(1.0, profile.Rows - column.Missing)));
            case ExpectationType.ExpectColumnDistinctValuesToBeInSet:
                return DistinctInSet(expectation, column);
        }
        if (column.Numbers is not { } numbers)
            return Unmet(expectation, $"'{FieldCleaning.Quote(name)}' is a column of type {ExpectationGrammar.NameOf(column.Type)}, so it has no such number");
        return Between(expectation, expectation.Type switch
        {
            ExpectationType.ExpectColumnMinToBeBetween => numbers.Min,
            ExpectationType.ExpectColumnMaxToBeBetween => numbers.Max,
            ExpectationType.ExpectColumnMeanToBeBetween => numbers.Mean,
            ExpectationType.ExpectColumnMedianToBeBetween => Quantile(numbers, 0.5),
            ExpectationType.ExpectColumnStdevToBeBetween => numbers.StandardDeviation,
            ExpectationType.ExpectColumnQuantileValuesToBeBetween => Quantile(numbers, expectation.Arguments.Quantile!.Value),
            _ => throw new ArgumentOutOfRangeException(nameof(expectation), expectation.Name, null),
        });
    }

    private static ExpectationResult DistinctInSet(Expectation expectation, ColumnProfile column)
    {
        if (column.Distinct > column.Frequent.Count)
            return Unmet(expectation, FormattableString.Invariant($"'{FieldCleaning.Quote(column.Name)}' has {column.Distinct:#,0} different values, more than can be compared; expect_column_values_to_be_in_set looks at each"));
        var other = column.Frequent.Select(value => value.Value).Except(expectation.Arguments.ValueSet!, StringComparer.Ordinal).Take(RowChecks.Examples).ToArray();
        return new ExpectationResult(other.Length == 0, expectation, new Observation
        {
            ObservedValue = column.Distinct,
            Details = other.Length == 0 ? null : $"not in the set: {FieldCleaning.QuoteAll(other)}",
            PartialUnexpectedList = other.Length == 0 ? null : other,
        });
    }

    /// <summary>Between two of the quantiles kept, by a straight line.</summary>
    private static double Quantile(NumberProfile numbers, double share)
    {
        var at = share * (numbers.Quantiles.Count - 1);
        var below = (int)at;
        return below == numbers.Quantiles.Count - 1 ? numbers.Quantiles[below] : numbers.Quantiles[below] + ((at - below) * (numbers.Quantiles[below + 1] - numbers.Quantiles[below]));
    }
}
