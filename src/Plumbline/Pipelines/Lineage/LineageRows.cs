using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>Rows by many names in one statement.</summary>
internal static class LineageRows
{
    /// <param name="select">Ends with WHERE and perhaps conditions.</param>
    public static List<T> WhereIn<T>(DbConnection connection, string select, string column, string[] values, Func<DbDataReader, T> row)
    {
        var (condition, parameter) = connection.Among(column, values);
        return connection.Query($"{select} {condition}", row, parameter);
    }
}
