using DuckDB.NET.Native;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Datasets.Output;

/// <summary>One Parquet file whose columns are VARCHAR, a missing value null. Put together in a temporary folder, out of core, then copied to the stream.</summary>
internal sealed class ParquetWriter : RecordWriter
{
    private const int MemoryMegabytes = 1024;

    private readonly Stream _output;
    private readonly AtomicDirectory _folder;
    private readonly DuckSession _session;
    private readonly ChunkAppender _appender;

    public ParquetWriter(Stream output, IReadOnlyList<string> columns, Home home)
    {
        _output = output;
        _folder = AtomicDirectory.Create(home.Temporary);
        _session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes, _folder.Path);
        _session.Execute($"CREATE TABLE records ({string.Join(", ", columns.Select(column => $"{DuckSession.Name(column)} VARCHAR"))})");
        _appender = new ChunkAppender(_session, "records", [.. columns.Select(_ => DuckDBType.Varchar)]);
    }

    public override void Complete()
    {
        _appender.Complete();
        var path = Path.Combine(_folder.Path, "records.parquet");
        _session.Execute($"COPY records TO {DuckSession.Literal(path)} (FORMAT parquet, COMPRESSION zstd)");
        using var written = File.OpenRead(path);
        written.CopyTo(_output);
    }

    protected override void Write(FieldBatch records, int record)
    {
        for (var column = 0; column < records.Columns; column++)
        {
            if (records.Field(column, record) is { IsEmpty: false } field)
                _appender.Set(column, field);
            else
                _appender.SetNull(column);
        }
        _appender.EndRow();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _appender.Dispose();
            _session.Dispose();
            _folder.Dispose();
        }
        base.Dispose(disposing);
    }
}
