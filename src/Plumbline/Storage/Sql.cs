using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>Parameterised SQL on a borrowed connection. Rows are read to the end before a method returns, so nothing stays open.</summary>
internal static class Sql
{
    public static int Execute(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Executes once for each of <paramref name="rows"/>, prepared once; a row gives the values of <paramref name="names"/> in order.</summary>
    /// <returns>Rows changed, summed.</returns>
    public static int ExecuteEach(this DbConnection connection, string sql, string[] names, IEnumerable<object?[]> rows)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in names)
            command.Add(name, null);
        var changed = 0;
        foreach (var row in rows)
        {
            for (var i = 0; i < names.Length; i++)
                command.Parameters[i].Value = row[i] ?? DBNull.Value;
            changed += command.ExecuteNonQuery();
        }
        return changed;
    }

    public static List<T> Query<T>(
        this DbConnection connection, string sql, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }

    /// <summary>The first column of the first row; null if there is no row or it is NULL.</summary>
    public static object? Scalar(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    public static string? NullableString(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static long? NullableInt64(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    private static DbCommand Command(this DbConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Add(name, value);
        return command;
    }

    private static void Add(this DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}
