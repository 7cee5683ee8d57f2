using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>
/// Finds things by a filter, in an order, page by page. A page begins after the keys of the last row before it, so that turning pages costs the
/// same however far, and things that come or go meanwhile neither repeat nor hide others.
/// </summary>
internal sealed class Search
{
    // Up to so many things are fetched by their ids and sorted; beyond, rows are taken in order until the page is full.
    private const long Few = 2000;

    private readonly DbConnection _connection;
    private readonly SearchSchema _schema;
    private readonly SearchQuery _query;
    private readonly SearchOrder _order;
    private readonly ComparisonSql[] _comparisons;

    private Search(DbConnection connection, SearchSchema schema, SearchQuery query)
    {
        _connection = connection;
        _schema = schema;
        _query = query;
        _order = new SearchOrder(query.OrderSchema ?? schema, query.OrderBy);
        _comparisons = [.. FilterParser.ParseFilter(query.Filter).Select(comparison => new ComparisonSql(schema, comparison))];
    }

    /// <param name="read">Reads the schema's columns.</param>
    /// <exception cref="MetadataException">Invalid: filter, order or page token are wrong.</exception>
    public static SearchPage<T> Page<T>(DbConnection connection, SearchSchema schema, SearchQuery query, Func<DbDataReader, T> read) =>
        new Search(connection, schema, query).Page(read);

    private SearchPage<T> Page<T>(Func<DbDataReader, T> read)
    {
        var question = _query.Question(_schema);
        var token = _query.PageToken is null ? null : PageToken.Read(_query.PageToken, question);
        var found = new List<(T Row, PageToken At)>();
        if (_query.Restrictions.Any(restriction => restriction.Values.Count == 0))
            return new SearchPage<T>([], null);
        var lead = FindLead();
        for (var phase = token?.Phase ?? 0; phase < _order.Phases && found.Count <= _query.Limit; phase++)
            found.AddRange(Rows(phase, lead, token?.Phase == phase ? token.Keys : null, _query.Limit + 1 - found.Count, read));
        if (found.Count <= _query.Limit)
            return new SearchPage<T>([.. found.Select(row => row.Row)], null);
        found.RemoveAt(_query.Limit);
        return new SearchPage<T>([.. found.Select(row => row.Row)], found[^1].At.Write(question));
    }

    /// <summary>The comparison that an index answers with the fewest things; null if none has few. To count costs less than to guess wrong.</summary>
    private ComparisonSql? FindLead()
    {
        ComparisonSql? lead = null;
        var fewest = Few + 1;
        foreach (var comparison in _comparisons.Where(comparison => comparison.IsIndexed))
        {
            var parameters = new SearchParameters(_query.Named);
            var count = (long)_connection.Scalar(comparison.Count(parameters, fewest), parameters.ToArray())!;
            if (count < fewest)
                (lead, fewest) = (comparison, count);
        }
        return lead;
    }

    private List<(T Row, PageToken At)> Rows<T>(int phase, ComparisonSql? lead, IReadOnlyList<object?>? after, int limit, Func<DbDataReader, T> read)
    {
        var parameters = new SearchParameters(_query.Named);
        var columns = _order.Columns(phase);
        var (from, joined) = _order.Tables(phase, lead is not null, parameters);
        var conditions = new List<string>();
        if (joined is not null)
            conditions.Add(joined);
        // The plus keeps SQLite from beginning with another index than the lead's.
        conditions.AddRange(_query.Restrictions.Select(restriction => $"{(lead is not null && restriction.Values.First() is long ? "+" : "")}{restriction.Column} {Among(restriction.Values, parameters)}"));
        conditions.AddRange(_query.Conditions);
        foreach (var comparison in _comparisons)
        {
            var bound = phase == 0 ? comparison.Bound(_order.Lead, SearchOrder.LeadAlias, parameters) : null;
            // The bound says all of it, but the lead is what the search begins with.
            if (comparison == lead)
                conditions.Add(comparison.Membership(parameters));
            else if (bound is null)
                conditions.Add(comparison.Condition(parameters));
            if (bound is not null)
                conditions.Add(bound);
        }
        if (after is not null)
            conditions.Add(SortColumn.After(columns, after, parameters));
        var sql = $"""
            SELECT {_schema.Columns}, {string.Join(", ", columns.Select(column => column.Expression))} FROM {from}
            {(conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions))}
            ORDER BY {string.Join(", ", columns)} LIMIT {parameters.Add((long)limit)}
            """;
        return _connection.Query(sql, row => (read(row), new PageToken(phase, Keys(row, columns.Count))), parameters.ToArray());
    }

    private static string Among(IReadOnlyCollection<object> values, SearchParameters parameters) => values.Count == 1
        ? $"= {parameters.Add(values.First())}"
        : $"IN ({string.Join(", ", values.Select(parameters.Add))})";

    /// <summary>The sort keys, which stand last.</summary>
    private static object?[] Keys(DbDataReader row, int count)
    {
        var keys = new object?[count];
        for (var i = 0; i < count; i++)
            keys[i] = row.GetValue(row.FieldCount - count + i) switch { DBNull => null, int small => (long)small, var value => value };
        return keys;
    }
}
