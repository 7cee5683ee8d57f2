using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>Rows by many names in few statements.</summary>
internal static class LineageRows
{
    /// <param name="select">Ends with WHERE and perhaps conditions.</param>
    public static List<T> WhereIn<T>(DbConnection connection, string select, string column, IReadOnlyList<string> values, Func<DbDataReader, T> row)
    {
        var parameters = new (string, object?)[values.Count];
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = (string.Create(CultureInfo.InvariantCulture, $"v{i}"), values[i]);
        return connection.Query($"{select} {column} IN ({string.Join(',', parameters.Select(parameter => "@" + parameter.Item1))})", row, parameters);
    }
}
