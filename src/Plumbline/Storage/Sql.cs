using System.Data.Common;
using System.Text.Json;

namespace Plumbline.Storage;

/// <summary>Parameterised SQL on a borrowed connection. Rows are read to the end before a method returns, so nothing stays open.</summary>
internal static class Sql
{
    public static int Execute(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Executes once for each of <paramref name="rows"/>; a row gives the values of <paramref name="names"/> in order.</summary>
    /// <returns>Rows changed, summed.</returns>
    public static int ExecuteEach(this DbConnection connection, string sql, string[] names, IReadOnlyCollection<object?[]> rows)
    {
        if (rows.Count == 0)
            return 0;
        return connection.CanCreateBatch ? connection.ExecuteBatch(sql, names, rows) : connection.ExecutePrepared(sql, names, rows);
    }

    /// <summary>Inserts rows of several tables, in their order: in one round trip, and one statement a table, where the database takes batches and arrays for columns.</summary>
    /// <returns>Rows inserted or updated, of each of <paramref name="inserts"/>.</returns>
    public static int[] InsertAll(this DbConnection connection, params IReadOnlyList<RowInsert> inserts)
    {
        var changed = new int[inserts.Count];
        if (!connection.CanCreateBatch)
        {
            for (var i = 0; i < changed.Length; i++)
                changed[i] = inserts[i].Rows.Count == 0 ? 0 : connection.ExecutePrepared(inserts[i].ForRow(), inserts[i].Columns, inserts[i].Rows);
            return changed;
        }
        using var batch = connection.CreateBatch();
        foreach (var insert in inserts.Where(insert => insert.Rows.Count > 0))
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = insert.ForArrays();
            for (var i = 0; i < insert.Columns.Length; i++)
                Add(command.Parameters, command.CreateParameter(), insert.Columns[i], insert.Column(i));
            batch.BatchCommands.Add(command);
        }
        if (batch.BatchCommands.Count > 0)
            batch.ExecuteNonQuery();
        var next = 0;
        for (var i = 0; i < changed.Length; i++)
            changed[i] = inserts[i].Rows.Count == 0 ? 0 : batch.BatchCommands[next++].RecordsAffected;
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

    /// <summary>That a column has one of several values: one parameter for all of them, which each database has in a form of its own, so that a statement's text does not depend on their number.</summary>
    public static (string Condition, (string Name, object? Value) Parameter) Among(this DbConnection connection, string column, string[] values) => connection.CanCreateBatch
        ? ($"{column} = ANY(@among)", ("among", values))
        : ($"{column} IN (SELECT value FROM json_each(@among))", ("among", JsonSerializer.Serialize(values)));

    public static string? NullableString(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static long? NullableInt64(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    // One round trip to a server for all rows.
    private static int ExecuteBatch(this DbConnection connection, string sql, string[] names, IReadOnlyCollection<object?[]> rows)
    {
        using var batch = connection.CreateBatch();
        foreach (var row in rows)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            for (var i = 0; i < names.Length; i++)
                Add(command.Parameters, command.CreateParameter(), names[i], row[i]);
            batch.BatchCommands.Add(command);
        }
        return batch.ExecuteNonQuery();
    }

    private static int ExecutePrepared(this DbConnection connection, string sql, string[] names, IReadOnlyCollection<object?[]> rows)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in names)
            Add(command.Parameters, command.CreateParameter(), name, null);
        var changed = 0;
        foreach (var row in rows)
        {
            for (var i = 0; i < names.Length; i++)
                command.Parameters[i].Value = row[i] ?? DBNull.Value;
            changed += command.ExecuteNonQuery();
        }
        return changed;
    }

    private static DbCommand Command(this DbConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            Add(command.Parameters, command.CreateParameter(), name, value);
        return command;
    }

    private static void Add(DbParameterCollection parameters, DbParameter parameter, string name, object? value)
    {
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        parameters.Add(parameter);
    }
}
