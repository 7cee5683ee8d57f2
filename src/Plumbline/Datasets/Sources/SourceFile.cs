using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Plumbline.Datasets.Sources;

/// <summary>One file of records: what it is, its columns, a sample, and once, a reader over all of it.</summary>
internal sealed class SourceFile : IDisposable
{
    private const int PrefixBytes = 1 << 20;
    private const int SampleRows = 1000;

    private readonly Func<Func<int, bool>, RecordReader> _open;
    private readonly ReadAheadStream? _stream;

    // Without it GZipStream takes the end of a file that was cut off for the end of its data. .NET reads the switch once, so it is set before any use here.
    static SourceFile() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private SourceFile(string path, IReadOnlyList<string> columns, Func<Func<int, bool>, RecordReader> open, ReadAheadStream? stream)
    {
        Path = path;
        Columns = columns;
        _open = open;
        _stream = stream;
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>First records, to find the columns by.</summary>
    public IReadOnlyList<string[]> Sample { get; private init; } = [];

    /// <summary>Bytes of the file read so far; 0 where the format does not tell.</summary>
    public long BytesRead => _stream?.RawPosition ?? 0;

    public static SourceFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new DatasetException($"{path} is a folder. Name one file");
        if (!File.Exists(path))
            throw new DatasetException($"{path}: there is no such file");
        try
        {
            Span<byte> magic = stackalloc byte[4];
            using (var file = File.OpenRead(path))
                magic = magic[..file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)];
            return magic switch
            {
                [] => throw new DatasetException($"{path}: the file is empty"),
                [(byte)'P', (byte)'A', (byte)'R', (byte)'1'] => OpenParquet(path),
                [0x1F, 0x8B, ..] => OpenText(path, OpenAhead(path, raw => new GZipStream(raw, CompressionMode.Decompress))),
                [0x28, 0xB5, 0x2F, 0xFD] => OpenText(path, new ReadAheadStream(path, new DuckLineStream(path), null)),
                [(byte)'P', (byte)'K', 3, 4] => throw new DatasetException($"{path} is a zip archive or an Excel workbook. Unpack it, or save the sheet as CSV"),
                [(byte)'B', (byte)'Z', (byte)'h', _] or [0xFD, (byte)'7', (byte)'z', (byte)'X'] =>
                    throw new DatasetException($"{path} is compressed by bzip2 or xz, which is not read. Use gzip or zstd"),
                _ => OpenText(path, OpenAhead(path, raw => raw)),
            };
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DatasetException($"{path}: no permission to read it", e);
        }
    }

    /// <summary>Reads from the first record; may be called once.</summary>
    /// <param name="wanted">Whether column i will be asked for.</param>
    public RecordReader Read(Func<int, bool> wanted) => _open(wanted);

    public void Dispose() => _stream?.Dispose();

    private static ReadAheadStream OpenAhead(string path, Func<Stream, Stream> decompress)
    {
        var raw = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 128 << 10, FileOptions.SequentialScan);
        return new ReadAheadStream(path, decompress(raw), raw);
    }

    private static SourceFile OpenParquet(string path)
    {
        using var reader = ParquetReader.Open(path, _ => true);
        return new SourceFile(path, reader.Columns, wanted => ParquetReader.Open(path, wanted), null) { Sample = Take(reader) };
    }

    private static SourceFile OpenText(string path, ReadAheadStream stream)
    {
        try
        {
            var prefix = new byte[PrefixBytes];
            var length = stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
            var partial = length == prefix.Length;
            var text = prefix.AsSpan(0, length);
            RefuseBinary(path, text);
            if (IsJson(path, text))
            {
                var keys = JsonLinesReader.FindKeys(path, prefix, length, partial, SampleRows);
                using var beginning = new JsonLinesReader(path, keys, text.ToArray(), length, Stream.Null, partial);
                return new SourceFile(path, keys, _ => new JsonLinesReader(path, keys, prefix, length, stream), stream) { Sample = Take(beginning) };
            }
            else
            {
                var (dialect, columns) = DialectSniffer.Sniff(path, text, partial);
                using var beginning = new DelimitedReader(path, columns, dialect, text.ToArray(), length, Stream.Null, partial);
                return new SourceFile(path, columns, _ => new DelimitedReader(path, columns, dialect, prefix, length, stream), stream) { Sample = Take(beginning) };
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static List<string[]> Take(RecordReader reader)
    {
        var rows = new List<string[]>();
        while (rows.Count < SampleRows && reader.Read())
        {
            var row = new string[reader.Columns.Count];
            for (var column = 0; column < row.Length; column++)
                row[column] = Encoding.UTF8.GetString(reader.Field(column));
            rows.Add(row);
        }
        return rows;
    }

    private static bool IsJson(string path, ReadOnlySpan<byte> text)
    {
        var name = System.IO.Path.GetFileName(path);
        bool Has(string extension) => name.Contains(extension, StringComparison.OrdinalIgnoreCase);
        if (Has(".json") || Has(".ndjson"))
            return true;
        return !Has(".csv") && !Has(".tsv") && text.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{', ..];
    }

    private static void RefuseBinary(string path, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            throw new DatasetException($"{path}: the file is empty");
        if (text is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new DatasetException($"{path} is UTF-16. Convert it first, e.g. iconv -f UTF-16 -t UTF-8");
        // A stray NUL in a text is repaired on the way in; a file full of them is no text.
        var beginning = text[..Math.Min(text.Length, 64 << 10)];
        var control = 0;
        foreach (var b in beginning)
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
                control++;
        if (control * 20 > beginning.Length)
            throw new DatasetException(string.Create(CultureInfo.InvariantCulture,
                $"{path} is binary: {control} control characters in its first {beginning.Length} bytes. CSV, TSV, JSON lines (also .gz, .zst) and Parquet are read"));
    }
}
