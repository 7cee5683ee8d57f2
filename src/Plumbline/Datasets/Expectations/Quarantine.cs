using System.Globalization;
using System.Text;
using DuckDB.NET.Native;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Expectations;

/// <summary>
/// Writes the records that were left out, with the reason, as <c>quarantine.parquet</c>; docs/specs/expectations.md. Memory is bounded: what is beyond waits in
/// a file. Not thread-safe.
/// </summary>
internal sealed class Quarantine(string folder, SourceReader source, int threads) : IDisposable
{
    public const string FileName = "quarantine.parquet";

    private const int MemoryMegabytes = 256;
    private const string Table = "quarantine";

    private static readonly string[] Own = ["file", "row", "rule", "column_name", "value", "also"];

    private DuckSession? _session;
    private ChunkAppender? _rows;

    public long Count { get; private set; }

    /// <param name="rule">What it breaks: an expectation's name, or why it can be in no snapshot.</param>
    /// <param name="column">The column in which, in the source.</param>
    /// <param name="value">What stands there, or as much of it as is shown.</param>
    /// <param name="also">Further expectations that it breaks, with commas between; empty for none.</param>
    public void Add(FieldBatch fields, int record, string rule, int column, string value, string also)
    {
        var rows = BeginRow(fields.File, fields.Row(record), rule, column, value, also);
        for (var field = 0; field < fields.Columns; field++)
            SetOrNull(rows, Own.Length + field, fields.Field(field, record));
        rows.EndRow();
    }

    /// <inheritdoc cref="Add(FieldBatch, int, string, int, string, string)" path="/param"/>
    /// <param name="file">0-based, among the sources.</param>
    /// <param name="row">1-based, in that file.</param>
    /// <param name="fields">By column of the source; null where nothing stands, or it is not known any more.</param>
    public void Add(int file, long row, string rule, int column, string value, string also, byte[]?[] fields)
    {
        var rows = BeginRow(file, row, rule, column, value, also);
        for (var field = 0; field < fields.Length; field++)
            SetOrNull(rows, Own.Length + field, fields[field]);
        rows.EndRow();
    }

    /// <summary>Writes the file, if there is anything to write.</summary>
    public void Finish(CancellationToken stop)
    {
        if (_rows is null)
            return;
        _rows.Complete();
        _session!.Execute($"COPY {Table} TO {DuckSession.Literal(Path.Combine(folder, FileName))} (FORMAT parquet, COMPRESSION zstd)", stop);
        Dispose();
    }

    public void Dispose()
    {
        _rows?.Dispose();
        _session?.Dispose();
        _rows = null;
        _session = null;
    }

    /// <summary>The source's own names, changed only where they are empty or there before.</summary>
    internal static IReadOnlyList<string> Names(IReadOnlyList<string> columns)
    {
        var names = new List<string>(Own);
        foreach (var column in columns)
        {
            var name = column.Trim().Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"column_{names.Count - Own.Length + 1}") : column;
            while (names.Contains(name, StringComparer.OrdinalIgnoreCase))
                name += "_";
            names.Add(name);
        }
        return names;
    }

    private static void SetOrNull(ChunkAppender rows, int column, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            rows.SetNull(column);
        else
            rows.Set(column, value);
    }

    private ChunkAppender BeginRow(int file, long row, string rule, int column, string value, string also)
    {
        var rows = _rows ??= Begin();
        rows.Set(0, Encoding.UTF8.GetBytes(source.FileName(file)));
        rows.Set(1, row);
        rows.Set(2, Encoding.UTF8.GetBytes(rule));
        rows.Set(3, Encoding.UTF8.GetBytes(source.Columns[column]));
        SetOrNull(rows, 4, Encoding.UTF8.GetBytes(value));
        SetOrNull(rows, 5, Encoding.UTF8.GetBytes(also));
        Count++;
        return rows;
    }

    private ChunkAppender Begin()
    {
        var types = Enumerable.Range(0, Own.Length + source.Columns.Count).Select(column => column == 1 ? DuckDBType.BigInt : DuckDBType.Varchar).ToArray();
        _session = new DuckSession(threads, MemoryMegabytes, folder);
        _session.Execute($"CREATE TABLE {Table} ({string.Join(", ", Names(source.Columns).Select((name, i) => $"{DuckSession.Name(name)} {types[i].ToString().ToUpperInvariant()}"))})");
        return new ChunkAppender(_session, Table, types);
    }
}
