using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Plumbline.Datasets;

/// <summary>
/// An immutable, content-addressed copy of labelled records, split into train, valid and test; docs/specs/snapshot.md. Thread-safe.
/// </summary>
public sealed class Snapshot
{
    internal const string RowsFileName = "rows.parquet";
    internal const string ManifestFileName = "manifest.json";

    internal const int DefaultBatchSize = 4096;

    private const int MemoryMegabytes = 1024;

    internal Snapshot(string directory, SnapshotManifest manifest)
    {
        Directory = directory;
        Manifest = manifest;
        NumericInputs = [.. manifest.Columns.Where(column => column.Type == SnapshotColumnType.Number).Select(column => column.Name)];
    }

    public string Directory { get; }

    public SnapshotManifest Manifest { get; }

    /// <summary>SHA-256 of the content, 64 lower-case hex digits.</summary>
    public string Digest => Manifest.Digest;

    /// <summary>All labels; a record's label is its index here.</summary>
    public IReadOnlyList<string> Labels => Manifest.Labels;

    /// <summary>Names of the numeric inputs, in the order of <see cref="RecordBatch.Inputs"/>.</summary>
    public IReadOnlyList<string> NumericInputs { get; }

    public long Count(Split split) => Manifest.Counts.Of(split);

    /// <summary>Reads a source once, cleans and splits its records, and publishes them under <paramref name="home"/>; an equal snapshot that is there already is used.</summary>
    /// <exception cref="DatasetException">The source cannot be used; nothing was published.</exception>
    public static Snapshot Ingest(SourceOptions options, string home, IProgress<IngestProgress>? progress = null, CancellationToken stop = default)
    {
        using var ingestion = new Ingestion(options, home);
        return ingestion.Run(progress, stop);
    }

    /// <summary>Opens a published snapshot and checks that it is whole.</summary>
    /// <exception cref="DatasetException">It is missing, damaged, or of a newer format; the message says which.</exception>
    public static Snapshot Open(string directory)
    {
        var path = Path.Combine(directory, ManifestFileName);
        if (!File.Exists(path))
            throw new DatasetException($"{directory} is no snapshot: it has no {ManifestFileName}");
        var manifest = ReadManifest(path);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        if (manifest.Digest != name)
            throw new DatasetException($"{directory} holds the snapshot {manifest.Digest}. Its folder was renamed or its manifest changed");
        var rows = new FileInfo(Path.Combine(directory, RowsFileName));
        if (!rows.Exists || rows.Length != manifest.RowsFile.Size)
            throw new DatasetException($"{rows.FullName} is {(rows.Exists ? $"{rows.Length} bytes long" : "missing")} where the manifest says {manifest.RowsFile.Size} bytes. {Advice(directory)}");
        if (Sha256(rows.FullName) != manifest.RowsFile.Sha256)
            throw new DatasetException($"{rows.FullName} is damaged: its SHA-256 is not the manifest's. {Advice(directory)}");
        return new Snapshot(directory, manifest);
    }

    /// <summary>Streams the records of one split in snapshot order, the same whatever the number of threads.</summary>
    public IEnumerable<RecordBatch> Read(Split split, int batchSize = DefaultBatchSize, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        return ReadBatches(split, batchSize, stop);
    }

    internal static string Sha256(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private IEnumerable<RecordBatch> ReadBatches(Split split, int batchSize, CancellationToken stop) =>
        ReadBatches([split], batchSize, stop).Select(read => read.Batch);

    /// <summary>Streams the records of some splits in one pass: the batches of each are those that reading it alone gives.</summary>
    internal IEnumerable<(Split Split, RecordBatch Batch)> ReadBatches(IReadOnlyCollection<Split> splits, int batchSize, CancellationToken stop)
    {
        using var session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes);
        using var cursor = new ChunkCursor(session, SelectRows(splits));
        var labels = Utf8Index.Of(Labels);
        var builders = splits.ToDictionary(split => split, _ => new BatchBuilder(batchSize, NumericInputs.Count));
        var byName = builders.Select(pair => (Name: Encoding.UTF8.GetBytes(SplitNames.Of(pair.Key)), Split: pair.Key, Builder: pair.Value)).ToArray();
        while (cursor.Next())
        {
            stop.ThrowIfCancellationRequested();
            for (var row = 0; row < cursor.Count; row++)
            {
                var at = 0;
                while (!cursor.Utf8(3, row).SequenceEqual(byName[at].Name))
                    at++;
                Add(byName[at].Builder, cursor, row, labels);
                if (byName[at].Builder.IsFull)
                    yield return (byName[at].Split, byName[at].Builder.Build());
            }
        }
        foreach (var (_, split, builder) in byName)
        {
            if (builder.Count > 0)
                yield return (split, builder.Build());
        }
    }

    private static void Add(BatchBuilder builder, ChunkCursor cursor, int row, Utf8Index labels)
    {
        const int FirstInput = 4;
        var inputs = builder.Add(cursor.Utf8(0, row), labels.Find(cursor.Utf8(1, row)), cursor.Int64(2, row));
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = cursor.IsNull(FirstInput + i, row) ? float.NaN : (float)cursor.Double(FirstInput + i, row);
    }

    private string SelectRows(IEnumerable<Split> splits)
    {
        var sql = new StringBuilder("SELECT text, label, file_row_number, split");
        foreach (var input in NumericInputs)
            sql.Append(", ").Append(DuckSession.Name(input));
        return sql.Append($" FROM read_parquet({DuckSession.FileLiteral(Path.Combine(Directory, RowsFileName))}, file_row_number = true) WHERE split IN ({string.Join(", ", splits.Select(split => $"'{SplitNames.Of(split)}'"))})").ToString();
    }

    private static SnapshotManifest ReadManifest(string path)
    {
        try
        {
            var json = File.ReadAllBytes(path);
            using var document = JsonDocument.Parse(json);
            var format = document.RootElement.GetProperty("formatVersion").GetInt32();
            if (format > SnapshotManifest.CurrentFormat)
                throw new DatasetException($"{path} is of format {format}; this version of Plumbline reads up to {SnapshotManifest.CurrentFormat}. Use a newer one");
            return JsonSerializer.Deserialize(json, SnapshotJson.Default.SnapshotManifest) ?? throw new JsonException();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DatasetException($"{path} is damaged. {Advice(Path.GetDirectoryName(path)!)}", e);
        }
    }

    private static string Advice(string directory) => $"Remove {directory} and ingest the source again";
}
