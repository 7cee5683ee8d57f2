using System.Text;

namespace Plumbline.Datasets.Sources;

/// <summary>A Parquet file for DuckDB, which reads it here and there: a file of another machine is fetched first, to a temporary file.</summary>
internal sealed class ParquetFile : IDisposable
{
    private readonly Origin _origin;
    private readonly HashingStream _raw;
    private readonly CancellationToken _stop;
    private readonly string _path;
    private readonly DuckSession _session;
    private readonly long _rows;
    private ParquetReader? _reader;
    private Task<string>? _hashing;

    /// <param name="raw">The whole file, of which nothing was read; stays the caller's to dispose, after this.</param>
    public ParquetFile(Origin origin, HashingStream raw, CancellationToken stop)
    {
        _origin = origin;
        _raw = raw;
        _stop = stop;
        _path = origin.LocalPath ?? Path.Combine(Path.GetTempPath(), $"plumbline-{Guid.NewGuid():N}.parquet");
        _session = new DuckSession(threads: 2, memoryMegabytes: 512);
        try
        {
            if (origin.LocalPath is null)
                Fetch();
            var file = DuckSession.FileLiteral(_path);
            Columns = Texts($"SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet({file}))");
            _rows = long.Parse(Texts($"SELECT CAST(num_rows AS VARCHAR) FROM parquet_file_metadata({file})")[0], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (DatasetException e)
        {
            Dispose();
            throw new DatasetException($"{origin.Name}: the Parquet file cannot be read: {e.Message}", e);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Columns { get; } = [];

    /// <summary>By the share of the rows.</summary>
    public long BytesRead => _rows == 0 ? _origin.Size : (long)(_origin.Size * ((_reader?.Row ?? 0) / (double)_rows));

    /// <summary>Reads from the first record; one reader at a time.</summary>
    public ParquetReader Read(Func<int, bool> wanted) => _reader = new ParquetReader(_origin.Name, _path, Columns, _session, wanted);

    /// <summary>Hashes the file while DuckDB reads what it needs of it.</summary>
    public void StartHashing() => _hashing = Task.Run(() => _raw.Finish(_stop));

    /// <summary>The file's SHA-256, once hashing was started.</summary>
    /// <exception cref="DatasetException">It changed while it was read.</exception>
    public string Finish()
    {
        var sha256 = _hashing!.GetAwaiter().GetResult();
        _origin.CheckUnchanged(_raw.Count);
        return sha256;
    }

    public void Dispose()
    {
        _reader?.Dispose();
        // It reads the stream that the caller disposes next; whoever disposes early does not want its result.
        if (_hashing is not null)
            Task.WhenAny(_hashing).GetAwaiter().GetResult();
        _session.Dispose();
        if (_origin.LocalPath is null)
            File.Delete(_path);
    }

    private void Fetch()
    {
        using var file = new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        var block = new byte[1 << 20];
        for (int read; (read = _raw.Read(block)) > 0;)
        {
            _stop.ThrowIfCancellationRequested();
            file.Write(block, 0, read);
        }
    }

    private List<string> Texts(string sql)
    {
        var texts = new List<string>();
        using var cursor = new ChunkCursor(_session, sql);
        while (cursor.Next())
            for (var row = 0; row < cursor.Count; row++)
                texts.Add(Encoding.UTF8.GetString(cursor.Utf8(0, row)));
        return texts;
    }
}
