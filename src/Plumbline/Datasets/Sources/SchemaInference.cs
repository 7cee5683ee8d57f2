using System.Globalization;

namespace Plumbline.Datasets.Sources;

/// <summary>Finds what the values of a column are, from the first records.</summary>
internal static class SchemaInference
{
    /// <summary>Share of the values present that must read as a type; a stray <c>n/a</c> does not make numbers strings.</summary>
    private const double Enough = 0.95;

    private const int LongValue = 100;
    private const int ShortestProse = 20;

    private static readonly FieldType[] Plain = [FieldType.Boolean, FieldType.Integer, FieldType.Number, FieldType.Time];

    /// <param name="mapping">What the columns are for decides where several types fit: seconds since 1970 are integers, too. Null where not known.</param>
    public static SourceSchema Infer(IReadOnlyList<string> columns, IReadOnlyList<string[]> sample, SchemaMapping? mapping) =>
        new([.. columns.Select((name, column) =>
        {
            var values = Present(sample, column);
            return new SourceColumn(name, Purpose(column, mapping) is { } purpose && Fits(values, purpose) ? purpose : InferType(values), sample.Count == 0 ? 0 : 1 - (values.Length / (double)sample.Count));
        })]);

    /// <exception cref="DatasetException">A pinned column is missing, there twice, or of another type; the message names file, column, expected and found.</exception>
    public static void Check(string name, IReadOnlyList<string> columns, IReadOnlyList<string[]> sample, IReadOnlyList<PinnedColumn> pinned, List<string> notes)
    {
        foreach (var pin in pinned)
        {
            var found = Enumerable.Range(0, columns.Count).Where(column => string.Equals(columns[column], pin.Name, StringComparison.Ordinal)).ToArray();
            if (found.Length != 1)
                throw new DatasetException($"{name} has {(found.Length == 0 ? "no" : "more than one")} column '{pin.Name}', which the pinned schema expects as {Word(pin.Type)}. " +
                    $"Its columns: {FieldCleaning.QuoteAll(columns)}. Correct the data, or the schema in plumbline.yaml");
            var values = Present(sample, found[0]);
            if (Fits(values, pin.Type))
                continue;
            var odd = values.First(value => !Is(value, pin.Type));
            throw new DatasetException($"{name}: column '{pin.Name}' is pinned as {Word(pin.Type)}, but its first values read as {Word(InferType(values))}, " +
                $"such as '{FieldCleaning.Quote(odd)}'. Correct the data, or the schema in plumbline.yaml");
        }
        var additional = columns.Except(pinned.Select(pin => pin.Name), StringComparer.Ordinal).ToArray();
        if (additional.Length > 0)
            notes.Add($"{name} has columns that the pinned schema does not name: {FieldCleaning.QuoteAll(additional)}.");
    }

    private static FieldType? Purpose(int column, SchemaMapping? mapping) =>
        column == mapping?.Text.Index ? FieldType.Text
        : column == mapping?.Time?.Index ? FieldType.Time
        : column == mapping?.User?.Index || column == mapping?.Item?.Index || column == mapping?.Split?.Index
            || (mapping?.Categorical.Any(category => category.Index == column) ?? false) ? FieldType.String
        : null;

    private static string[] Present(IReadOnlyList<string[]> sample, int column) => [.. sample.Select(row => row[column].Trim()).Where(value => value.Length > 0)];

    private static FieldType InferType(string[] values)
    {
        if (values.Length == 0)
            return FieldType.String;
        foreach (var type in Plain)
            if (Fits(values, type))
                return type;
        var mean = values.Average(value => value.Length);
        var prose = mean > LongValue || (mean >= ShortestProse && values.Count(value => value.Contains(' ', StringComparison.Ordinal)) * 2 > values.Length);
        return prose ? FieldType.Text : FieldType.String;
    }

    private static bool Fits(string[] values, FieldType type) => values.Count(value => Is(value, type)) >= Enough * values.Length;

    private static bool Is(string value, FieldType type) => type switch
    {
        FieldType.Boolean => value.ToUpperInvariant() is "TRUE" or "FALSE" or "T" or "F",
        FieldType.Integer => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        FieldType.Number => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number),
        FieldType.Time => TimeParser.TryParse(value, out _),
        _ => true,
    };

    private static string Word(FieldType type) => type.ToString().ToLowerInvariant();
}
