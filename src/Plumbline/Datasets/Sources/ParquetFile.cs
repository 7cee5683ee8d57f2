using System.Text;
using Microsoft.Win32.SafeHandles;
using Plumbline.Storage;

namespace Plumbline.Datasets.Sources;

/// <summary>A Parquet file for DuckDB, which reads it here and there: a file of another machine is fetched first, to a temporary file without a name.</summary>
internal sealed class ParquetFile : IDisposable
{
    private readonly Origin _origin;
    private readonly HashingStream _raw;
    private readonly CancellationToken _stop;
    private readonly SafeFileHandle? _fetched;
    private readonly string _path;
    private readonly DuckSession _session;
    private ParquetReader? _reader;
    private Task<string>? _hashing;

    /// <param name="raw">The whole file, of which nothing was read; stays the caller's to dispose, after this.</param>
    public ParquetFile(Origin origin, HashingStream raw, CancellationToken stop)
    {
        _origin = origin;
        _raw = raw;
        _stop = stop;
        _fetched = origin.LocalPath is null ? Fetch() : null;
        _path = origin.LocalPath ?? $"/proc/self/fd/{_fetched!.DangerousGetHandle()}";
        _session = new DuckSession(threads: 2, memoryMegabytes: 512);
        try
        {
            var file = DuckSession.FileLiteral(_path);
            Columns = Texts($"SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet({file}))");
            Types = Texts($"SELECT column_type FROM (DESCRIBE SELECT * FROM read_parquet({file}))");
            Rows = long.Parse(Texts($"SELECT CAST(num_rows AS VARCHAR) FROM parquet_file_metadata({file})")[0], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (DatasetException e)
        {
            Dispose();
            throw new DatasetException($"{origin.Name}: the Parquet file cannot be read: {e.Message.Replace(_path, origin.Name, StringComparison.Ordinal)}. Write or fetch it again", e);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Columns { get; } = [];

    /// <summary>DuckDB's name of each column's type.</summary>
    public IReadOnlyList<string> Types { get; } = [];

    public long Rows { get; }

    /// <summary>By the share of the rows.</summary>
    public long BytesRead => Rows == 0 ? _origin.Size : (long)(_origin.Size * ((_reader?.Row ?? 0) / (double)Rows));

    /// <summary>Reads from a record on; one reader at a time.</summary>
    /// <param name="skip">Records before it.</param>
    public ParquetReader Read(Func<int, bool> wanted, long skip) => _reader = new ParquetReader(_origin.Name, _path, Columns, _session, wanted, skip);

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
        _fetched?.Dispose();
    }

    private SafeFileHandle Fetch()
    {
        var folder = Path.GetTempPath();
        var file = UnnamedFile.Create(folder);
        try
        {
            var block = new byte[1 << 20];
            long written = 0;
            for (int read; (read = _raw.Read(block)) > 0; written += read)
            {
                _stop.ThrowIfCancellationRequested();
                RandomAccess.Write(file, block.AsSpan(0, read), written);
            }
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is IOException)
                throw new DatasetException($"{_origin.Name} cannot be fetched to {folder}: {e.Message.TrimEnd('.')}. Free space there, or name another folder by TMPDIR", e);
            throw;
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
