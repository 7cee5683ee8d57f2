using System.Globalization;
using DuckDB.NET.Native;

namespace Plumbline.Datasets;

/// <summary>
/// Writes the rows of a snapshot as Parquet parts: while one is compressed, the next is filled. Memory is that of two parts. Not thread-safe.
/// </summary>
internal sealed class RowsWriter : IDisposable
{
    private const long PartBytes = 64L << 20;
    private const int PartRows = 1 << 20;

    // Small, so that two threads compress and read even a set of fifty thousand.
    private const int RowGroupRows = 16384;

    private readonly IReadOnlyList<(string Name, DuckDBType Type)> _columns;
    private readonly string _folder;
    private readonly Lazy<DuckSession>[] _sessions;
    private readonly List<SnapshotFile> _files = [];
    private Task _copying = Task.CompletedTask;
    private ChunkAppender? _appender;
    private long _bytes;
    private int _rows;
    private int _part;

    /// <param name="columns">In the order of the file.</param>
    public RowsWriter(IReadOnlyList<(string Name, DuckDBType Type)> columns, string folder, int threads)
    {
        _columns = columns;
        _folder = folder;
        _sessions = [new(Open), new(Open)];
        // Loading the engine takes as long as the first look at the source.
        Task.Run(() => _sessions[0].Value);

        DuckSession Open()
        {
            var session = new DuckSession(threads, memoryMegabytes: 1024, folder);
            // The table's row groups, too, are the unit of work of a thread.
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"ATTACH ':memory:' AS held (ROW_GROUP_SIZE {RowGroupRows}); USE held"));
            return session;
        }
    }

    /// <summary>Where the next row's values go; every column must be set, then <see cref="EndRow"/>.</summary>
    public ChunkAppender Row => _appender ??= Begin();

    /// <param name="bytes">Size of the row's text.</param>
    public void EndRow(int bytes, CancellationToken stop)
    {
        _appender!.EndRow();
        _bytes += bytes + (_columns.Count * (long)sizeof(ulong));
        if (++_rows == PartRows || _bytes >= PartBytes)
            EndPart(stop);
    }

    /// <summary>Ends writing, and leaves nothing in the folder but the parts.</summary>
    public IReadOnlyList<SnapshotFile> Finish(CancellationToken stop)
    {
        if (_rows > 0)
            EndPart(stop);
        _copying.GetAwaiter().GetResult();
        CloseSessions();
        return _files;
    }

    public void Dispose()
    {
        _appender?.Dispose();
        Task.WhenAny(_copying).GetAwaiter().GetResult();
        CloseSessions();
    }

    private void CloseSessions()
    {
        foreach (var session in _sessions)
            if (session.IsValueCreated)
                session.Value.Dispose();
    }

    private DuckSession Session => _sessions[_part % _sessions.Length].Value;

    private ChunkAppender Begin()
    {
        var fields = _columns.Select(column => $"{DuckSession.Name(column.Name)} {column.Type.ToString().ToUpperInvariant()}");
        Session.Execute($"CREATE OR REPLACE TABLE records ({string.Join(", ", fields)})");
        return new ChunkAppender(Session, "records", [.. _columns.Select(column => column.Type)]);
    }

    private void EndPart(CancellationToken stop)
    {
        _appender!.Complete();
        _appender.Dispose();
        _appender = null;
        _copying.GetAwaiter().GetResult();
        var (session, rows, name) = (Session, _rows, string.Create(CultureInfo.InvariantCulture, $"rows-{_part:d5}.parquet"));
        _copying = Task.Run(() => Copy(session, name, rows, stop), CancellationToken.None);
        _part++;
        _rows = 0;
        _bytes = 0;
    }

    private void Copy(DuckSession session, string name, long rows, CancellationToken stop)
    {
        var path = Path.Combine(_folder, name);
        session.Write(string.Create(CultureInfo.InvariantCulture, $"""
            COPY records TO {DuckSession.Literal(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1024, ROW_GROUP_SIZE {RowGroupRows});
            DROP TABLE records
            """), stop);
        _files.Add(new SnapshotFile(name, rows, new FileInfo(path).Length, Snapshot.Sha256(path)));
    }
}
