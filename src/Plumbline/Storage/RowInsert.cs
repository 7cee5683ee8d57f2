namespace Plumbline.Storage;

/// <summary>Rows to be inserted into one table.</summary>
/// <param name="Conflict">What to do where a row is there already: an ON CONFLICT. With DO UPDATE no two of <paramref name="Rows"/> may meet.</param>
/// <param name="Rows">Values of <paramref name="Columns"/> in order: texts, <see cref="long"/> or <see cref="double"/>; only texts may be null.</param>
internal sealed record RowInsert(string Table, string[] Columns, IReadOnlyList<object?[]> Rows, string Conflict)
{
    private string Into => $"INSERT INTO {Table} ({string.Join(", ", Columns)})";

    private string Parameters => string.Join(", ", Columns.Select(column => "@" + column));

    /// <summary>The statement for one row, its values named like the columns.</summary>
    public string ForRow() => $"{Into} VALUES ({Parameters}) {Conflict}";

    /// <summary>PostgreSQL's statement for all rows, with an array a column: its text does not depend on their number, so that it is prepared once.</summary>
    public string ForArrays() => $"{Into} SELECT * FROM unnest({Parameters}) {Conflict}";

    /// <summary>The values of a column as an array of their type.</summary>
    public Array Column(int column)
    {
        var values = Array.CreateInstance(Rows[0][column]?.GetType() ?? typeof(string), Rows.Count);
        for (var i = 0; i < Rows.Count; i++)
            values.SetValue(Rows[i][column], i);
        return values;
    }
}
