using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>A comparison as SQL that SQLite and PostgreSQL take alike; whatever the client wrote becomes a parameter.</summary>
internal sealed class ComparisonSql(SearchSchema schema, Comparison comparison)
{
    private const int IndexedLength = 100;

    private readonly SearchField _field = schema.Resolve(comparison.Field, "filter");

    /// <summary>Whether an index finds what it holds for, so that it can lead a search.</summary>
    public bool IsIndexed => _field.Table is not null && (_field.HasNan ? comparison.Comparator != Comparator.NotEqual : _field.IsIndexed && comparison.Comparator == Comparator.Equal);

    /// <summary>Holds or not for the thing of alias <c>t</c>.</summary>
    public string Condition(SearchParameters parameters)
    {
        if (_field.Table is null)
            return Compare(_field.Column, comparison.Comparator, parameters);
        // LIMIT keeps SQLite from making a join of it and beginning there, which would sort all that is found before the page is cut.
        return IsNegated ? $"NOT EXISTS (SELECT 1 FROM {Rows(Comparator.Equal, parameters)} AND x.{schema.Id} = t.{schema.Id})"
            : $"EXISTS (SELECT 1 FROM {Rows(comparison.Comparator, parameters)} AND x.{schema.Id} = t.{schema.Id} LIMIT 1)";
    }

    /// <summary>As <see cref="Condition"/>, for few things: a set of ids to begin from.</summary>
    public string Membership(SearchParameters parameters) => $"t.{schema.Id} IN (SELECT x.{schema.Id} FROM {Rows(comparison.Comparator, parameters)})";

    /// <summary>The same for the metric by which things are sorted, whose row is <paramref name="alias"/>, so that only rows within it are walked; null where it is about something else.</summary>
    public string? Bound(SearchField? sorted, string alias, SearchParameters parameters) =>
        _field == sorted && _field.HasNan && comparison.Comparator != Comparator.NotEqual ? Compare($"{alias}.{_field.Column}", comparison.Comparator, parameters) : null;

    /// <summary>How many rows it holds for, counted up to <paramref name="limit"/>.</summary>
    public string Count(SearchParameters parameters, long limit) =>
        $"SELECT COUNT(*) FROM (SELECT 1 FROM {Rows(comparison.Comparator, parameters)} LIMIT {parameters.Add(limit)}) AS counted";

    private bool IsNegated => _field.AbsentDiffers && comparison.Comparator == Comparator.NotEqual;

    /// <summary>Table and conditions of the rows, alias <c>x</c>.</summary>
    private string Rows(Comparator comparator, SearchParameters parameters)
    {
        var key = _field.Key is null ? "1 = 1" : $"x.key = {parameters.Add(_field.Key)}";
        var value = _field.IsIndexed && comparator == Comparator.Equal ? Indexed(parameters) : Compare($"x.{_field.Column}", comparator, parameters);
        if (_field.HasNan)
            value = comparator == Comparator.NotEqual ? $"(x.is_nan = 1 OR {value})" : $"x.is_nan = 0 AND {value}";
        return $"{_field.Table} x WHERE {key} AND {value}";
    }

    /// <summary>
    /// Equality by the index on the beginnings of values; of a shorter text the beginning is all. Of a longer one the rest is compared as an
    /// expression, for where SQLite sees a column equal to a parameter it puts the parameter into the index's expression, and misses the index.
    /// </summary>
    private string Indexed(SearchParameters parameters)
    {
        var text = Text(comparison.Values[0]);
        var value = parameters.Add(text);
        return text.Length < IndexedLength ? $"substr(x.value, 1, 100) = {value}" : $"substr(x.value, 1, 100) = substr({value}, 1, 100) AND x.value || '' = {value}";
    }

    private string Compare(string column, Comparator comparator, SearchParameters parameters)
    {
        Check(comparator);
        return comparator switch
        {
            Comparator.Equal => $"{column} = {Value(parameters)}",
            Comparator.NotEqual => $"{column} <> {Value(parameters)}",
            Comparator.Less => $"{column} < {Value(parameters)}",
            Comparator.LessOrEqual => $"{column} <= {Value(parameters)}",
            Comparator.Greater => $"{column} > {Value(parameters)}",
            Comparator.GreaterOrEqual => $"{column} >= {Value(parameters)}",
            Comparator.Like => $"{column} LIKE {Pattern(parameters)} ESCAPE '\\'",
            Comparator.ILike => $"lower({column}) LIKE lower({Pattern(parameters)}) ESCAPE '\\'",
            Comparator.In => $"{column} IN ({List(parameters)})",
            Comparator.NotIn => $"{column} NOT IN ({List(parameters)})",
            _ => throw new ArgumentOutOfRangeException(nameof(comparator), comparator, null),
        };
    }

    private void Check(Comparator comparator)
    {
        var isNumber = _field.Kind == FieldKind.Number;
        var allowed = comparator switch
        {
            Comparator.Equal or Comparator.NotEqual => true,
            Comparator.Like or Comparator.ILike => !isNumber,
            Comparator.In or Comparator.NotIn => _field.Kind == FieldKind.Name,
            _ => isNumber,
        };
        if (!allowed)
            throw Fault($"'{MetadataText.Quote(comparison.Field.Key)}' is compared by {(isNumber ? "=, !=, <, <=, > and >=" : _field.Kind == FieldKind.Name ? "=, !=, LIKE, ILIKE, IN and NOT IN" : "=, !=, LIKE and ILIKE")} only", comparison.Position);
    }

    private string List(SearchParameters parameters) => string.Join(", ", comparison.Values.Select(value => parameters.Add(Text(value))));

    private string Value(SearchParameters parameters)
    {
        var value = comparison.Values[0];
        if (_field.Kind != FieldKind.Number)
            return parameters.Add(Text(value));
        if (value.Number is not { } number)
            throw Fault($"'{MetadataText.Quote(comparison.Field.Key)}' is a number and is compared with one, without quotes", value.Position);
        // A double would round a whole number beyond 2^53.
        return parameters.Add(!_field.HasNan && long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : number);
    }

    private string Text(Literal value)
    {
        if (value.Number is not null)
            throw Fault($"'{MetadataText.Quote(comparison.Field.Key)}' is a text and is compared with one in single quotes", value.Position);
        return !value.Text.Contains('\0', StringComparison.Ordinal) ? value.Text : throw Fault("the text holds a NUL character", value.Position);
    }

    /// <summary>% stands for any characters, _ for one; \ takes the meaning from the next.</summary>
    private string Pattern(SearchParameters parameters)
    {
        var pattern = Text(comparison.Values[0]);
        var escapes = pattern.Length - pattern.TrimEnd('\\').Length;
        return escapes % 2 == 0 ? parameters.Add(pattern) : throw Fault("the pattern ends with the escape \\; double it to mean the character itself", comparison.Values[0].Position);
    }

    private static MetadataException Fault(string fault, int position) =>
        new(MetadataError.Invalid, FormattableString.Invariant($"The filter is wrong at position {position}: {fault}."));
}
