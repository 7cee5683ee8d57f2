using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>
/// The order of a search. Where its first term is in another table, things that have it are listed in phase 0, straight from that table's index, and
/// those without (or NaN) in phase 1, which is asked for only when the page is not full.
/// </summary>
internal sealed class SearchOrder
{
    private readonly SearchSchema _schema;
    private readonly List<(SearchField Field, bool Descending)> _terms = [];

    public SearchOrder(SearchSchema schema, IEnumerable<string> orderBy)
    {
        _schema = schema;
        foreach (var order in orderBy.Concat(schema.DefaultOrder))
        {
            var term = FilterParser.ParseOrder(order);
            var field = schema.Resolve(term.Field, "order");
            if (schema.Datasets?.Values.Contains(field) == true)
                throw new MetadataException(MetadataError.Invalid, $"{schema.Things} cannot be sorted by '{MetadataText.Quote(order)}': one may have many data sets.");
            if (!_terms.Exists(known => known.Field == field))
                _terms.Add((field, term.Descending));
        }
    }

    public int Phases => IsLed ? 2 : 1;

    /// <summary>What the rows of phase 0 are taken from in order, as <see cref="LeadAlias"/>; null where the thing itself has the first term.</summary>
    public SearchField? Lead => IsLed ? _terms[0].Field : null;

    public const string LeadAlias = "o0";

    private bool IsLed => _terms[0].Field.Table is not null;

    /// <summary>The tables of a phase, and what holds for their rows.</summary>
    /// <param name="isSelective">Whether the conditions leave few things, so that to begin from the order's index would be a detour.</param>
    public (string From, string? Where) Tables(int phase, bool isSelective, SearchParameters parameters)
    {
        var (from, where) = ($"{_schema.Table} t", (string?)null);
        if (IsLed && phase == 0)
        {
            // SQLite joins in the order of a CROSS JOIN; PostgreSQL decides by its statistics.
            var lead = $"{_terms[0].Field.Table} o0";
            from = isSelective ? $"{from} CROSS JOIN {lead}" : $"{lead} CROSS JOIN {from}";
            where = Joined(0, parameters);
        }
        else if (IsLed)
        {
            where = $"NOT EXISTS (SELECT 1 FROM {_terms[0].Field.Table} o0 WHERE {Joined(0, parameters)})";
        }
        for (var i = 1; i < _terms.Count; i++)
        {
            if (_terms[i].Field.Table is { } table)
                from += FormattableString.Invariant($" LEFT JOIN {table} o{i} ON {Joined(i, parameters)}");
        }
        return (from, where);
    }

    public List<SortColumn> Columns(int phase)
    {
        var columns = new List<SortColumn>();
        for (var i = IsLed && phase == 1 ? 1 : 0; i < _terms.Count; i++)
        {
            var (field, descending) = _terms[i];
            var value = field.Table is null ? field.Column : FormattableString.Invariant($"o{i}.{field.Column}");
            if (field.Table is null ? field.IsNullable : i > 0)
                columns.Add(new SortColumn($"CASE WHEN {value} IS NULL THEN 1 ELSE 0 END", false));
            columns.Add(new SortColumn(value, descending));
        }
        return columns;
    }

    private string Joined(int term, SearchParameters parameters)
    {
        var field = _terms[term].Field;
        var alias = FormattableString.Invariant($"o{term}");
        return $"{alias}.{_schema.Id} = t.{_schema.Id} AND {alias}.key = {parameters.Add(field.Key)}{(field.HasNan ? $" AND {alias}.is_nan = 0" : "")}";
    }
}
