namespace Plumbline.Tracking.Filters;

/// <summary>An expression that rows are sorted by.</summary>
internal readonly record struct SortColumn(string Expression, bool Descending)
{
    public override string ToString() => Descending ? Expression + " DESC" : Expression;

    /// <summary>
    /// What comes after a row with these keys, column by column. A null key is one of several nulls, which the column before has put together,
    /// so that it decides nothing.
    /// </summary>
    public static string After(IReadOnlyList<SortColumn> columns, IReadOnlyList<object?> keys, SearchParameters parameters)
    {
        var (after, first) = ("1 = 0", "");
        for (var i = columns.Count - 1; i >= 0; i--)
        {
            if (keys[i] is null)
                continue;
            var key = parameters.Add(keys[i]);
            var beyond = columns[i].Descending ? "<" : ">";
            after = $"({columns[i].Expression} {beyond} {key} OR ({columns[i].Expression} = {key} AND {after}))";
            first = $"{columns[i].Expression} {beyond}= {key}";
        }
        // Said once more without OR, so that an index can begin there.
        return first.Length == 0 ? after : $"{first} AND {after}";
    }
}
