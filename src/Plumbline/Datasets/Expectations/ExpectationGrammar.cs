using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Plumbline.Statistics;
using P = Plumbline.Datasets.Expectations.ExpectationParameters;

namespace Plumbline.Datasets.Expectations;

/// <summary>Arguments that a kind of expectation has.</summary>
[Flags]
internal enum ExpectationParameters
{
    None = 0,
    Column = 1 << 0,
    ColumnSet = 1 << 1,
    ExactMatch = 1 << 2,
    Type = 1 << 3,
    MinValue = 1 << 4,
    MaxValue = 1 << 5,
    ValueSet = 1 << 6,
    Regex = 1 << 7,
    Quantile = 1 << 8,
    Script = 1 << 9,
    Language = 1 << 10,
    Label = 1 << 11,
    Near = 1 << 12,
    Threshold = 1 << 13,
    Mostly = 1 << 14,
    Range = MinValue | MaxValue,
}

/// <summary>Which kinds of expectations there are and what each is told.</summary>
internal static class ExpectationGrammar
{
    private static readonly Dictionary<ExpectationType, ExpectationDefinition> Definitions = new ExpectationDefinition[]
    {
        new(ExpectationType.ExpectTableColumnsToMatchSet, P.ColumnSet, P.ExactMatch),
        new(ExpectationType.ExpectColumnToExist, P.Column),
        new(ExpectationType.ExpectTableRowCountToBeBetween, P.None, P.Range),
        new(ExpectationType.ExpectColumnValuesToBeOfType, P.Column | P.Type, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToNotBeNull, P.Column, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToBeUnique, P.Column, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToBeBetween, P.Column, P.Range | P.Mostly),
        new(ExpectationType.ExpectColumnValuesToBeInSet, P.Column | P.ValueSet, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToNotBeInSet, P.Column | P.ValueSet, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToMatchRegex, P.Column | P.Regex, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToNotMatchRegex, P.Column | P.Regex, P.Mostly),
        new(ExpectationType.ExpectColumnValueLengthsToBeBetween, P.Column, P.Range | P.Mostly),
        new(ExpectationType.ExpectColumnValuesToNotHaveReplacementCharacters, P.Column, P.Mostly),
        new(ExpectationType.ExpectColumnValuesToNotHaveMojibake, P.Column, P.Mostly),
        new(ExpectationType.ExpectColumnUniqueValueCountToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnProportionOfUniqueValuesToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnDistinctValuesToBeInSet, P.Column | P.ValueSet),
        new(ExpectationType.ExpectColumnMinToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnMaxToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnMeanToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnMedianToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnStdevToBeBetween, P.Column, P.Range),
        new(ExpectationType.ExpectColumnQuantileValuesToBeBetween, P.Column | P.Quantile, P.Range),
        new(ExpectationType.ExpectTextProportionOfScriptToBeBetween, P.Script, P.Range),
        new(ExpectationType.ExpectTextProportionOfLanguageToBeBetween, P.Language, P.Range),
        new(ExpectationType.ExpectLabelProportionToBeBetween, P.Label, P.Range),
        new(ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween, P.None, P.Near | P.Range),
        new(ExpectationType.ExpectTableProportionOfLabelConflictsToBeBetween, P.None, P.Range),
        new(ExpectationType.ExpectTableProportionOfSplitLeakageToBeBetween, P.None, P.Near | P.Range),
        new(ExpectationType.ExpectColumnLabelAccuracyToBeLessThan, P.Threshold, P.Column),
        new(ExpectationType.ExpectTableNewestTimeAgeToBeBetween, P.None, P.Range),
        new(ExpectationType.ExpectColumnPopulationStabilityIndexToBeLessThan, P.Column | P.Threshold),
        new(ExpectationType.ExpectColumnJensenShannonDistanceToBeLessThan, P.Column | P.Threshold),
    }.ToDictionary(definition => definition.Type);

    /// <summary>In the order of <see cref="ExpectationType"/>.</summary>
    public static IEnumerable<ExpectationDefinition> All => Definitions.Values;

    public static ExpectationDefinition Of(ExpectationType type) => Definitions[type];

    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>A bound as the number that values are compared with: itself, or microseconds since 1970 for a time.</summary>
    public static bool TryBound(string text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value))
            return true;
        var isTime = TimeParser.TryParse(text, out var microseconds);
        value = microseconds;
        return isTime;
    }

    /// <summary>Linear in the length of what is searched, so that no value of the data can stall an ingest.</summary>
    public static Regex Compile(string regex) => new(regex, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}

/// <param name="Required">Arguments that must be given.</param>
/// <param name="Optional">Arguments that may be given; of a range one end at least must be.</param>
internal sealed record ExpectationDefinition(ExpectationType Type, ExpectationParameters Required, ExpectationParameters Optional = P.None)
{
    public string Name => ExpectationGrammar.NameOf(Type);

    /// <summary>Whether it is a check on each record.</summary>
    public bool IsOfRows => Has(P.Mostly);

    public bool Has(ExpectationParameters parameter) => ((Required | Optional) & parameter) != 0;

    /// <exception cref="ArgumentException">The message begins with the argument's name.</exception>
    public void Check(ExpectationArguments given)
    {
        foreach (var (parameter, value) in Values(given))
        {
            if (Required.HasFlag(parameter) && value is null or "" or IReadOnlyCollection<string> { Count: 0 })
                throw new ArgumentException($"{ExpectationGrammar.NameOf(parameter)} is missing");
            if (value is not null && !Has(parameter))
                throw new ArgumentException($"{ExpectationGrammar.NameOf(parameter)} has no meaning for {Name}");
        }
        if (Has(P.Range))
            CheckRange(given.MinValue, given.MaxValue);
        CheckShare("mostly", given.Mostly);
        CheckShare("quantile", given.Quantile);
        if (given.Threshold is { } threshold and not (> 0 and < double.PositiveInfinity))
            throw new ArgumentException(FormattableString.Invariant($"threshold is {threshold}; it must be above 0"));
        if (given.Regex is { } regex)
            CheckRegex(regex);
        if (Type == ExpectationType.ExpectColumnDistinctValuesToBeInSet)
            CheckLengths(given.ValueSet!);
    }

    private static IEnumerable<(ExpectationParameters, object?)> Values(ExpectationArguments given) =>
    [
        (P.Column, given.Column), (P.ColumnSet, given.ColumnSet), (P.ExactMatch, given.ExactMatch), (P.Type, given.Type), (P.MinValue, given.MinValue), (P.MaxValue, given.MaxValue),
        (P.ValueSet, given.ValueSet), (P.Regex, given.Regex), (P.Quantile, given.Quantile), (P.Script, given.Script), (P.Language, given.Language), (P.Label, given.Label),
        (P.Near, given.Near), (P.Threshold, given.Threshold), (P.Mostly, given.Mostly),
    ];

    private static void CheckRange(string? min, string? max)
    {
        if (min is null && max is null)
            throw new ArgumentException("min_value is missing, and so is max_value; give one or both");
        foreach (var (name, bound) in new[] { ("min_value", min), ("max_value", max) })
            if (bound is not null && !ExpectationGrammar.TryBound(bound, out _))
                throw new ArgumentException($"{name} is '{FieldCleaning.Quote(bound)}', neither a number nor a time such as 2024-05-31");
        if (min is not null && max is not null && ExpectationGrammar.TryBound(min, out var low) && ExpectationGrammar.TryBound(max, out var high) && low > high)
            throw new ArgumentException($"min_value is {min}, above max_value {max}");
    }

    private static void CheckShare(string name, double? share)
    {
        if (share is { } value and not (>= 0 and <= 1))
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be within 0 to 1"));
    }

    /// <summary>The profile has only the beginning of longer ones, so that none would ever be found in it.</summary>
    private static void CheckLengths(IReadOnlyList<string> values)
    {
        if (values.FirstOrDefault(value => Encoding.UTF8.GetByteCount(value) > FrequentValues.MostBytes) is { } longer)
            throw new ArgumentException(FormattableString.Invariant(
                $"value_set has '{FieldCleaning.Quote(longer)}', which is longer than the {FrequentValues.MostBytes} bytes of a value that are compared; expect_column_values_to_be_in_set looks at whole ones"));
    }

    private static void CheckRegex(string regex)
    {
        try
        {
            ExpectationGrammar.Compile(regex);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"regex '{FieldCleaning.Quote(regex)}' cannot be used: {exception.Message}", exception);
        }
    }
}
