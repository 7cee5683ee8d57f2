using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Plumbline.Datasets;

/// <summary>One in-memory DuckDB engine that neither downloads extensions nor keeps state. Not thread-safe.</summary>
internal sealed class DuckSession : IDisposable
{
    private readonly string? _spill;

    /// <param name="folder">Where a folder of the session's own holds what does not fit into memory, until it is disposed; null allows none.</param>
    public DuckSession(int threads, int memoryMegabytes, string? folder = null)
    {
        // Engines number the files in it from 0: two in one folder would overwrite each other's.
        _spill = folder is null ? null : Path.Combine(folder, $".spill-{Guid.NewGuid():N}");
        Connection = new DuckDBConnection("DataSource=:memory:");
        Connection.Open();
        Execute(string.Create(CultureInfo.InvariantCulture, $"""
            SET threads = {threads};
            SET memory_limit = '{memoryMegabytes} MB';
            SET temp_directory = '{_spill?.Replace("'", "''", StringComparison.Ordinal)}';
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            SET preserve_insertion_order = true;
            SET TimeZone = 'UTC';
            """));
    }

    public DuckDBConnection Connection { get; }

    public static string Name(string column) => $"\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A path to read; DuckDB would take *, ? and [ in it for a pattern.</summary>
    public static string FileLiteral(string path) => Literal(path
        .Replace("[", "[[]", StringComparison.Ordinal).Replace("*", "[*]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal));

    /// <param name="stop">Interrupts the statement.</param>
    /// <exception cref="DatasetException">The statement fails, for memory or disk space as a rule; the message is DuckDB's first line.</exception>
    public void Execute(string sql, CancellationToken stop = default)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        using var registration = stop.Register(Connection.NativeConnection.Interrupt);
        try
        {
            command.ExecuteNonQuery();
        }
        catch (DuckDBException) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(stop);
        }
        catch (DuckDBException e)
        {
            throw new DatasetException($"The data engine failed: {e.Message.Split('\n', 2)[0]}", e);
        }
    }

    /// <summary>Executes a statement that writes files.</summary>
    /// <exception cref="IOException">They cannot be written: the disk is full, for example.</exception>
    public void Write(string sql, CancellationToken stop = default)
    {
        try
        {
            Execute(sql, stop);
        }
        catch (DatasetException e) when (e.InnerException is DuckDBException { ErrorType: DuckDBErrorType.Io } cause)
        {
            throw new IOException(cause.Message.Split('\n', 2)[0].Replace("IO Error: ", "", StringComparison.Ordinal), e);
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        if (Directory.Exists(_spill))
            Directory.Delete(_spill, recursive: true);
    }
}
