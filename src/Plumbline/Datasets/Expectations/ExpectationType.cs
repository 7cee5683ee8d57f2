namespace Plumbline.Datasets.Expectations;

/// <summary>
/// Kinds of expectations; in files their names are written in snake_case. Those that Great Expectations has mean the same here; docs/specs/expectations.md has each.
/// </summary>
public enum ExpectationType
{
    ExpectTableColumnsToMatchSet,
    ExpectColumnToExist,
    ExpectTableRowCountToBeBetween,

    ExpectColumnValuesToBeOfType,
    ExpectColumnValuesToNotBeNull,
    ExpectColumnValuesToBeUnique,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToNotBeInSet,
    ExpectColumnValuesToMatchRegex,
    ExpectColumnValuesToNotMatchRegex,
    ExpectColumnValueLengthsToBeBetween,
    ExpectColumnValuesToNotHaveReplacementCharacters,
    ExpectColumnValuesToNotHaveMojibake,

    ExpectColumnUniqueValueCountToBeBetween,
    ExpectColumnProportionOfUniqueValuesToBeBetween,
    ExpectColumnDistinctValuesToBeInSet,
    ExpectColumnMinToBeBetween,
    ExpectColumnMaxToBeBetween,
    ExpectColumnMeanToBeBetween,
    ExpectColumnMedianToBeBetween,
    ExpectColumnStdevToBeBetween,
    ExpectColumnQuantileValuesToBeBetween,

    ExpectTextProportionOfScriptToBeBetween,
    ExpectTextProportionOfLanguageToBeBetween,
    ExpectLabelProportionToBeBetween,
    ExpectTableProportionOfDuplicatesToBeBetween,
    ExpectTableProportionOfLabelConflictsToBeBetween,
    ExpectTableProportionOfSplitLeakageToBeBetween,
    ExpectColumnLabelAccuracyToBeLessThan,
    ExpectTableNewestTimeAgeToBeBetween,
    ExpectColumnPopulationStabilityIndexToBeLessThan,
    ExpectColumnJensenShannonDistanceToBeLessThan,
}
