using Microsoft.Data.Sqlite;

namespace Plumbline.Storage;

/// <summary>A table of the schema, which both databases have by the same names.</summary>
/// <param name="Columns">With their types: TEXT, BIGINT, DOUBLE PRECISION.</param>
internal sealed record StoreTable(string Name, IReadOnlyList<(string Name, string Type)> Columns)
{
    public string ColumnList => string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>Those of a SQLite store, each after those that it refers to.</summary>
    public static IReadOnlyList<StoreTable> Of(SqliteConnection connection)
    {
        var waiting = connection.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name", row => row.GetString(0))
            .ToDictionary(name => name, name => Parents(connection, name), StringComparer.Ordinal);
        var sorted = new List<StoreTable>();
        while (waiting.Count > 0)
        {
            var (name, _) = waiting.First(table => !table.Value.Any(waiting.ContainsKey));
            sorted.Add(new StoreTable(name, connection.Query("SELECT name, type FROM pragma_table_info(@table)", row => (row.GetString(0), row.GetString(1)), ("table", name))));
            waiting.Remove(name);
        }
        return sorted;
    }

    private static HashSet<string> Parents(SqliteConnection connection, string name) =>
        [.. connection.Query("SELECT \"table\" FROM pragma_foreign_key_list(@table)", row => row.GetString(0), ("table", name)).Where(parent => parent != name)];
}
