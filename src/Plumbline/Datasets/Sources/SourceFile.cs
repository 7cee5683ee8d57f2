using System.Globalization;
using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace Plumbline.Datasets.Sources;

/// <summary>One file of records: what it is, its columns, a sample, and once, a reader over all of it.</summary>
internal sealed class SourceFile : IDisposable
{
    private const int PrefixBytes = 1 << 20;
    private const int SampleRows = 1000;

    private readonly Origin _origin;
    private readonly HashingStream _raw;
    private readonly CancellationTokenSource _stop;
    private ReadAheadStream? _text;
    private ParquetFile? _parquet;
    private Func<Func<int, bool>, long, RecordReader> _open = null!;
    private string? _sha256;
    private bool _disposed;

    // Without it GZipStream takes the end of a file that was cut off for the end of its data. .NET reads the switch once, so it is set before any use here.
    static SourceFile() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private SourceFile(Origin origin, CancellationToken stop)
    {
        _origin = origin;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _raw = new HashingStream(origin.Open(_stop.Token));
    }

    public string Name => _origin.Name;

    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>How many records there are, where the file says so.</summary>
    public long? Rows => _parquet?.Rows;

    /// <summary>Whether the file itself names its columns.</summary>
    public bool IsNamed { get; private set; } = true;

    /// <summary>First records, to find the columns by.</summary>
    public IReadOnlyList<string[]> Sample { get; private set; } = [];

    /// <summary>Bytes of the file read so far.</summary>
    public long BytesRead => _parquet?.BytesRead ?? _raw.Count;

    /// <summary>One local file by itself.</summary>
    public static SourceFile Open(string path) => Directory.Exists(path)
        ? throw new DatasetException($"{path} is a folder. Name one file")
        : Open(new FileOrigin(path), new SourceOptions { Path = path }, null, CancellationToken.None);

    /// <param name="like">The source's first file, which decides whether there is a header; null for that file itself.</param>
    public static SourceFile Open(Origin origin, SourceOptions options, SourceFile? like, CancellationToken stop)
    {
        var file = new SourceFile(origin, stop);
        try
        {
            file.Recognise(options, like);
            return file;
        }
        catch (IOException e)
        {
            file.Dispose();
            throw new DatasetException($"{origin.Name} cannot be read: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads from the first record; may be called once.</summary>
    /// <param name="wanted">Whether column i will be asked for.</param>
    public RecordReader Read(Func<int, bool> wanted)
    {
        _parquet?.StartHashing();
        return _open(wanted, 0);
    }

    /// <summary>Reads from a later record on, where the file lets that be found at once, else from the first; without its digest. A text may be read once.</summary>
    /// <param name="skip">Records to pass by; at most <see cref="Rows"/>.</param>
    public RecordReader ReadFrom(Func<int, bool> wanted, long skip) => _open(wanted, skip);

    /// <summary>After the last record.</summary>
    /// <exception cref="DatasetException">The file changed while it was read.</exception>
    public void CheckUnchanged() => _origin.CheckUnchanged(_parquet is null ? _raw.Count : _origin.Size);

    /// <summary>Name of a column's type as DuckDB has it; null where the file has no types.</summary>
    public string? TypeOf(int column) => _parquet?.Types[column];

    /// <summary>After the last record.</summary>
    /// <exception cref="DatasetException">The file changed while it was read.</exception>
    public SourcePart Finish()
    {
        _sha256 ??= _parquet!.Finish();
        return new SourcePart(_origin.FullName, _raw.Count, _sha256);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        // Ends a wait for bytes that nobody will read.
        _stop.Cancel();
        _text?.Dispose();
        _parquet?.Dispose();
        _raw.Dispose();
        _stop.Dispose();
    }

    private void Recognise(SourceOptions options, SourceFile? like)
    {
        switch (_origin.Dialect is null ? _raw.Peek(4) : "text"u8)
        {
            case []:
                throw new DatasetException($"{Name}: the file is empty");
            case [(byte)'P', (byte)'A', (byte)'R', (byte)'1']:
                OpenParquet(options.PassUnreadable);
                break;
            case [0x1F, 0x8B, ..]:
                // GZipStream asks for 8 KiB at a time.
                OpenText(new GZipStream(new BufferedStream(_raw, 256 << 10), CompressionMode.Decompress), options, like);
                break;
            case [0x28, 0xB5, 0x2F, 0xFD]:
                OpenText(new DecompressionStream(_raw), options, like);
                break;
            case [(byte)'P', (byte)'K', 3, 4]:
                throw new DatasetException($"{Name} is a zip archive or an Excel workbook. Unpack it, or save the sheet as CSV");
            case [(byte)'B', (byte)'Z', (byte)'h', _] or [0xFD, (byte)'7', (byte)'z', (byte)'X']:
                throw new DatasetException($"{Name} is compressed by bzip2 or xz, which is not read. Use gzip or zstd");
            default:
                OpenText(_raw, options, like);
                break;
        }
    }

    private void OpenParquet(bool passUnreadable)
    {
        _parquet = new ParquetFile(_origin, _raw, _stop.Token);
        Columns = _parquet.Columns;
        _open = _parquet.Read;
        using var beginning = _parquet.Read(_ => true, 0);
        Sample = Take(beginning, passUnreadable);
    }

    private void OpenText(Stream text, SourceOptions options, SourceFile? like)
    {
        _text = new ReadAheadStream(Name, text, AtEnd, _stop.Token);
        var prefix = new byte[PrefixBytes];
        var length = _text.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        var partial = length == prefix.Length;
        RefuseBinary(prefix.AsSpan(0, length));
        if (_origin.Dialect is null && IsJson(prefix.AsSpan(0, length)))
        {
            Columns = JsonLinesReader.FindKeys(Name, prefix, length, partial, SampleRows, options.PassUnreadable);
            if (Columns.Count == 0 && partial)
                throw new DatasetException($"{Name}: no key is found in its first {PrefixBytes >> 20} MiB. Write one JSON object a line, and not the longest first");
            _open = (_, _) => new JsonLinesReader(Name, Columns, prefix, length, _text);
            using var beginning = new JsonLinesReader(Name, Columns, prefix[..length], length, Stream.Null, partial);
            Sample = Take(beginning, options.PassUnreadable);
        }
        else
        {
            var (dialect, columns) = DialectSniffer.Sniff(Name, prefix.AsSpan(0, length), partial, _origin.Dialect, options.Delimiter, like?.IsNamed);
            (Columns, IsNamed) = (columns, dialect.Header);
            _open = (_, _) => new DelimitedReader(Name, columns, dialect, prefix, length, _text);
            using var beginning = new DelimitedReader(Name, columns, dialect, prefix[..length], length, Stream.Null, partial);
            Sample = Take(beginning, options.PassUnreadable);
        }
    }

    private void AtEnd()
    {
        _sha256 = _raw.Finish(_stop.Token);
        _origin.CheckUnchanged(_raw.Count);
    }

    private static List<string[]> Take(RecordReader reader, bool passUnreadable)
    {
        var rows = new List<string[]>();
        while (rows.Count < SampleRows && (passUnreadable ? reader.ReadOn() : reader.Read()))
        {
            if (reader.Fault is not null)
                continue;
            var row = new string[reader.Columns.Count];
            for (var column = 0; column < row.Length; column++)
                row[column] = Encoding.UTF8.GetString(reader.Field(column));
            rows.Add(row);
        }
        return rows;
    }

    private bool IsJson(ReadOnlySpan<byte> text)
    {
        var name = Path.GetFileName(Name);
        bool Has(string extension) => name.Contains(extension, StringComparison.OrdinalIgnoreCase);
        if (Has(".json") || Has(".ndjson"))
            return true;
        return !Has(".csv") && !Has(".tsv") && text.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{', ..];
    }

    private void RefuseBinary(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            throw new DatasetException($"{Name}: the file is empty");
        if (text is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new DatasetException($"{Name} is UTF-16. Convert it first, e.g. iconv -f UTF-16 -t UTF-8");
        // A stray NUL in a text is repaired on the way in; a file full of them is no text.
        var beginning = text[..Math.Min(text.Length, 64 << 10)];
        var (control, nuls) = (0, beginning.Count((byte)0));
        foreach (var b in beginning)
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
                control++;
        // Latin letters in UTF-16 are bytes with a NUL beside each.
        if (nuls == control && beginning.Length > 64 && nuls * 3 > beginning.Length && nuls * 3 < beginning.Length * 2)
            throw new DatasetException($"{Name} looks like UTF-16 without its mark. Convert it first, e.g. iconv -f UTF-16LE -t UTF-8");
        if (control * 20 > beginning.Length)
            throw new DatasetException(string.Create(CultureInfo.InvariantCulture,
                $"{Name} is binary: {control} control characters in its first {beginning.Length} bytes. CSV, TSV, JSON lines (also .gz, .zst) and Parquet are read"));
    }
}
