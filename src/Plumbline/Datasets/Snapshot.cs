using System.Security.Cryptography;
using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Datasets;

/// <summary>
/// An immutable, content-addressed copy of labelled records, split into train, valid and test; docs/specs/snapshot.md. Thread-safe.
/// </summary>
public sealed partial class Snapshot
{
    /// <summary>How often a record stands in its split, where classes were balanced by repeating.</summary>
    internal const string CopiesColumn = "copies";

    /// <summary>Why records were dropped where classes were balanced by leaving out.</summary>
    internal const string OverItsShare = "a class with more records than its share";

    internal const string ManifestFileName = "manifest.json";

    internal const string ProfileFileName = "profile.json";

    internal const int DefaultBatchSize = 4096;

    private const int MemoryMegabytes = 1024;

    private readonly Lazy<DataProfile?> _profile;

    internal Snapshot(string directory, SnapshotManifest manifest)
    {
        Directory = directory;
        Manifest = manifest;
        _profile = new Lazy<DataProfile?>(() => DataProfile.Read(Path.Combine(directory, ProfileFileName)), LazyThreadSafetyMode.PublicationOnly);
        NumericInputs = [.. manifest.Columns.Where(column => column is { Type: SnapshotColumnType.Number, Aggregate: false }).Select(column => column.Name)];
        CategoricalInputs = [.. manifest.Columns.Where(column => column.Categorical).Select(column => column.Name)];
        Aggregates = [.. manifest.Columns.Where(column => column.Aggregate).Select(column => column.Name)];
    }

    public string Directory { get; }

    public SnapshotManifest Manifest { get; }

    /// <summary>SHA-256 of the content, 64 lower-case hex digits.</summary>
    public string Digest => Manifest.Digest;

    /// <summary>All labels; a record's label is its index here.</summary>
    public IReadOnlyList<string> Labels => Manifest.Labels;

    /// <summary>Names of the numeric inputs, in the order of <see cref="RecordBatch.Inputs"/>.</summary>
    public IReadOnlyList<string> NumericInputs { get; }

    /// <summary>Names of the categorical inputs, in the order of <see cref="RecordBatch.Category"/>.</summary>
    public IReadOnlyList<string> CategoricalInputs { get; }

    /// <summary>Names of the aggregates as of time, which follow the numeric inputs in <see cref="RecordBatch.Inputs"/>.</summary>
    public IReadOnlyList<string> Aggregates { get; }

    /// <summary>The validation by the ingest that gave this object; null where it was opened.</summary>
    public Validated? Validated { get; internal set; }

    /// <summary>What the source was like, read when first asked for; null where the snapshot was made before there were profiles.</summary>
    /// <exception cref="DatasetException">It is damaged, or of a newer format.</exception>
    public DataProfile? Profile => _profile.Value;

    public long Count(Split split) => Manifest.Counts.Of(split);

    /// <summary>Reads a source once, cleans and splits its records, and publishes them under <paramref name="home"/>; an equal snapshot that is there already is used.</summary>
    /// <exception cref="DatasetException">The source cannot be used; nothing was published.</exception>
    /// <exception cref="IOException"><paramref name="home"/> cannot be written, its disk is full for example; nothing was published.</exception>
    public static Snapshot Ingest(IngestOptions options, Home home, IProgress<IngestProgress>? progress = null, CancellationToken stop = default)
    {
        try
        {
            return Spans.Run("ingest", span =>
            {
                var snapshot = WholeReading.Run(options.Source, () =>
                {
                    using var ingestion = new Ingestion(options, home, stop);
                    return ingestion.Run(progress, stop);
                }, stop);
                span?.SetTag("plumbline.snapshot", snapshot.Digest);
                span?.SetTag("plumbline.rows", snapshot.Manifest.RowsFiles.Sum(file => file.Rows));
                return snapshot;
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is wrong with a source is a DatasetException already.
            throw new IOException($"{home.Root} cannot be written: {e.Message.TrimEnd('.')}. Make room or give leave to write there, or name another state folder with --home", e);
        }
    }

    /// <summary>Checks what is expected of a source, as <see cref="Ingest"/> does, and publishes nothing but the report.</summary>
    /// <exception cref="DatasetException">The source cannot be read.</exception>
    public static Validated Validate(IngestOptions options, Home home, IProgress<IngestProgress>? progress = null, CancellationToken stop = default)
    {
        return WholeReading.Run(options.Source, () =>
        {
            using var ingestion = new Ingestion(options, home, stop);
            return ingestion.RunChecks(progress, stop);
        }, stop);
    }

    /// <summary>Reads a source as <see cref="Ingest"/> does, and publishes nothing.</summary>
    /// <param name="home">Under which texts lie meanwhile, if they are many.</param>
    /// <exception cref="DatasetException">The source cannot be used.</exception>
    public static DataProfile ProfileSource(IngestOptions options, Home home, IProgress<IngestProgress>? progress = null, CancellationToken stop = default)
    {
        return WholeReading.Run(options.Source, () =>
        {
            using var ingestion = new Ingestion(options, home, stop);
            return ingestion.Profile(progress, stop);
        }, stop);
    }

    /// <summary>Streams the records of one split in snapshot order, the same whatever the number of threads.</summary>
    public IEnumerable<RecordBatch> Read(Split split, int batchSize = DefaultBatchSize, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        return ReadBatches(split, batchSize, stop);
    }

    /// <summary>Streams what is known of every user and item after the last record.</summary>
    /// <exception cref="DatasetException">The snapshot has no aggregates, or the file of entities is missing or damaged.</exception>
    public IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> ReadEntities()
    {
        if (Manifest.Entities is not { } expected)
            throw new DatasetException($"The snapshot {Digest} has no aggregates, so that nothing is kept of users and items. Ingest its source with --aggregates (data.aggregates)");
        var path = Path.Combine(Directory, expected.Name);
        if (!File.Exists(path) || Sha256(path) != expected.Sha256)
            throw new DatasetException($"{path} is missing or damaged. {Advice(Directory)}");
        return EntityStates.Read(Directory);
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
        using var held = Hold(Directory);
        using var session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes);
        using var cursor = Select(session, SelectRows(splits));
        var labels = Utf8Index.Of(Labels);
        var builders = splits.ToDictionary(split => split, _ => new BatchBuilder(batchSize, NumericInputs.Count + Aggregates.Count, CategoricalInputs.Count));
        var byName = builders.Select(pair => (Name: Encoding.UTF8.GetBytes(SplitNames.Of(pair.Key)), Split: pair.Key, Builder: pair.Value)).ToArray();
        var firstRows = FirstRows();
        while (Next(cursor))
        {
            stop.ThrowIfCancellationRequested();
            for (var row = 0; row < cursor.Count; row++)
            {
                var at = 0;
                while (!cursor.Utf8(3, row).SequenceEqual(byName[at].Name))
                    at++;
                for (var copies = HasCopies ? cursor.Int64(4, row) : 1; copies > 0; copies--)
                {
                    Add(byName[at].Builder, cursor, row, labels, firstRows[cursor.Int64(5, row)]);
                    if (byName[at].Builder.IsFull)
                        yield return (byName[at].Split, byName[at].Builder.Build());
                }
            }
        }
        foreach (var (_, split, builder) in byName)
        {
            if (builder.Count > 0)
                yield return (split, builder.Build());
        }
    }

    /// <param name="firstRow">Row of the snapshot with which the file begins.</param>
    private void Add(BatchBuilder builder, ChunkCursor cursor, int row, Utf8Index labels, long firstRow)
    {
        const int FirstInput = 6;
        var inputs = builder.Add(cursor.Utf8(0, row), labels.Find(cursor.Utf8(1, row)), firstRow + cursor.Int64(2, row));
        for (var i = 0; i < inputs.Length; i++)
        {
            // An ingest of earlier versions let pass what binary32 cannot hold.
            inputs[i] = !cursor.IsNull(FirstInput + i, row) && (float)cursor.Double(FirstInput + i, row) is var value && float.IsFinite(value) ? value : float.NaN;
        }
        for (var i = 0; i < CategoricalInputs.Count; i++)
            builder.AddCategory(cursor.Utf8(FirstInput + inputs.Length + i, row));
    }

    private bool HasCopies => Manifest.Columns.Any(column => column.Type == SnapshotColumnType.Count);

    private long[] FirstRows()
    {
        var first = new long[Manifest.RowsFiles.Count];
        for (var file = 1; file < first.Length; file++)
            first[file] = first[file - 1] + Manifest.RowsFiles[file - 1].Rows;
        return first;
    }

    private string SelectRows(IEnumerable<Split> splits)
    {
        var sql = new StringBuilder("SELECT text, label, file_row_number, split, ").Append(HasCopies ? CopiesColumn : "NULL::BIGINT").Append(", file_index::BIGINT");
        foreach (var input in NumericInputs.Concat(Aggregates).Concat(CategoricalInputs))
            sql.Append(", ").Append(DuckSession.Name(input));
        return sql.Append($" FROM read_parquet({FilesLiteral}, file_row_number = true) WHERE split IN ({string.Join(", ", splits.Select(split => $"'{SplitNames.Of(split)}'"))})").ToString();
    }
}
