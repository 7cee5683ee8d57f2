using System.Data.Common;
using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>Rows by many names in one statement.</summary>
internal static class LineageRows
{
    /// <param name="select">Ends with WHERE and perhaps conditions.</param>
    public static List<T> WhereIn<T>(DbConnection connection, string select, string column, string[] values, Func<DbDataReader, T> row) =>
        // One parameter for all of them, which each database has in a form of its own.
        connection.CanCreateBatch
            ? connection.Query($"{select} {column} = ANY(@names)", row, ("names", values))
            : connection.Query($"{select} {column} IN (SELECT value FROM json_each(@names))", row, ("names", JsonSerializer.Serialize(values)));
}
