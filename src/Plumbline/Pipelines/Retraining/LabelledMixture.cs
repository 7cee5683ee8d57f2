using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DuckDB.NET.Native;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Preparation;
using Plumbline.Inference.Logging;
using Plumbline.Pipelines.Lineage;
using Plumbline.Pipelines.Training;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Retraining;

/// <summary>A snapshot and labelled predictions as one source, split so that test is of rows alone which neither a model of it nor the one in use was trained on. Not thread-safe.</summary>
internal sealed class LabelledMixture : IDisposable
{
    private const int MemoryMegabytes = 1024;
    private const int AtATime = 5000;

    /// <summary>Of what is not held out, as a snapshot splits.</summary>
    private const double ValidShare = 0.15;

    private const string SplitColumn = "plumbline_split";
    private const string BasisFile = "0-basis.parquet";
    private const string LabelledFile = "1-labelled.parquet";
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    private readonly Snapshot _basis;
    private readonly FileStream[] _held;
    private readonly AtomicDirectory _folder;
    private readonly DuckSession _session;
    private readonly SnapshotColumn[] _columns;

    /// <summary>Where labelled predictions came from; null where none were added.</summary>
    private string? _window;

    /// <param name="trainedOn">What the version in use was trained on; null: there is none.</param>
    public LabelledMixture(Home home, Snapshot basis, Snapshot? trainedOn)
    {
        _basis = basis;
        _held = [.. new[] { basis, trainedOn }.OfType<Snapshot>().Select(snapshot => snapshot.Hold())];
        _columns = [.. basis.Manifest.Columns.Where(column => column is { Aggregate: false, Type: not SnapshotColumnType.Count })];
        _folder = AtomicDirectory.Create(home.Temporary);
        _session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes, _folder.Path);
        _session.Execute(
            $"""
            CREATE TABLE labelled (number BIGINT, side VARCHAR, {string.Join(", ", _columns.Select(column => $"{DuckSession.Name(column.Name)} VARCHAR"))});
            CREATE TABLE seen AS SELECT DISTINCT md5_number(text) AS text FROM {(trainedOn is null ? "labelled" : $"read_parquet({trainedOn.FilesLiteral}) WHERE split IN ('train', 'valid')")};
            """);
        SeenInTest = Count($"read_parquet({basis.FilesLiteral}) WHERE split = 'test' AND {Seen}");
    }

    /// <summary>Digest of the snapshot.</summary>
    public string Basis => _basis.Digest;

    /// <summary>Labelled predictions whose texts are known.</summary>
    public long Rows { get; private set; }

    /// <summary>Of those, rows that are test.</summary>
    public long HeldOut { get; private set; }

    /// <summary>Rows of the basis' test that the version in use was trained on.</summary>
    public long SeenInTest { get; }

    private static string Seen => "md5_number(text) IN (SELECT text FROM seen)";

    private string Folder => Path.Combine(_folder.Path, "labelled");

    /// <summary>Looks the predictions up and adds those of the model whose texts were kept.</summary>
    /// <param name="labels">In the order of the ids.</param>
    /// <param name="window">Whose predictions they are.</param>
    public async Task AddAsync(
        IReadOnlyList<(Guid Prediction, string Label)> labels, string model, LabelledWindow window, Home home, SharedArtifacts shared, TimeProvider time, CancellationToken cancellation)
    {
        _window = FormattableString.Invariant($"predictions://{Uri.EscapeDataString(model)}/{window.From.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}/{window.Until.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        // What is in the basis is known to a model of it.
        _session.Execute($"INSERT INTO seen SELECT DISTINCT md5_number(text) FROM read_parquet({_basis.FilesLiteral})", cancellation);
        using (var rows = new ChunkAppender(_session, "labelled", [DuckDBType.BigInt, .. Enumerable.Repeat(DuckDBType.Varchar, _columns.Length + 1)]))
        {
            foreach (var part in labels.Chunk(AtATime))
            {
                var found = await FindAsync([.. part.Select(one => one.Prediction)], home, shared, time, cancellation).ConfigureAwait(false);
                foreach (var (id, label) in part)
                {
                    if (found.TryGetValue(id, out var prediction) && prediction.Text is { Length: > 0 } && prediction.Version.StartsWith(model + "/", StringComparison.Ordinal))
                        Add(rows, prediction, label, window.HeldOut);
                }
            }
            rows.Complete();
        }
        _session.Execute($"UPDATE labelled SET side = 'train' WHERE side = 'test' AND {Seen}", cancellation);
        HeldOut = Count("labelled WHERE side = 'test'");
    }

    /// <summary>Writes both as files that an ingest reads.</summary>
    public void Write(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        // With labels, test is theirs alone; else it loses what the version in use knows.
        var side = HeldOut > 0 ? "CASE WHEN split = 'test' THEN 'train' ELSE split END" : $"CASE WHEN split = 'test' AND {Seen} THEN 'train' ELSE split END";
        var basis = $"SELECT {side} AS {SplitColumn}, {string.Join(", ", _columns.Select(column => $"{Value(column)} AS {DuckSession.Name(SourceNameOf(column))}"))} FROM read_parquet({_basis.FilesLiteral}, file_row_number = true) ORDER BY file_index, file_row_number";
        Copy(basis, BasisFile, cancellation);
        if (HeldOut > 0)
            Copy($"SELECT side AS {SplitColumn}, {string.Join(", ", _columns.Select(column => $"{DuckSession.Name(column.Name)} AS {DuckSession.Name(SourceNameOf(column))}"))} FROM labelled ORDER BY number", LabelledFile, cancellation);
    }

    /// <summary>How they are ingested: as the project's source, but for what that was asked for already.</summary>
    /// <param name="data">Null where the project names none.</param>
    public IngestOptions OptionsFor(IngestOptions? data)
    {
        if (data?.Source.LabelTime is not null && Rows > 0)
            throw new DatasetException("The project has data.label_time, when labels became known, which predictions do not say of earlier ones: set retraining.data.feedback: false, and put labelled predictions into the source");
        string? Named(string use) => _columns.FirstOrDefault(column => column.Name == use) is { } column ? SourceNameOf(column) : null;
        var source = new SourceOptions
        {
            Path = Folder,
            Text = Named("text"),
            Label = Named("label"),
            User = Named("user"),
            Item = Named("item"),
            Time = Named("time"),
            Numeric = [.. _basis.NumericInputs],
            Categorical = [.. _basis.CategoricalInputs],
            SplitColumn = SplitColumn,
            Split = new SplitOptions { By = SplitBy.Column, Seed = _basis.Manifest.Split.Seed },
        };
        return (data ?? new IngestOptions { Source = source, Aggregates = [.. _basis.Aggregates.Select(FeatureOf)] }) with
        {
            Source = source,
            Name = $"{data?.DataSet ?? _basis.Digest} with labels",
            Origins = new Dictionary<string, string> { [BasisFile] = LineageKey.SnapshotPrefix + Basis, [LabelledFile] = _window ?? "" },
            Preparation = (data?.Preparation ?? new PreparationOptions()) with { Labels = new LabelOptions() },
            Expectations = [.. (data?.Expectations ?? []).Where(Concerns)],
        };
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
        foreach (var held in _held)
            held.Dispose();
    }

    private static async Task<IReadOnlyDictionary<Guid, LoggedPrediction>> FindAsync(Guid[] ids, Home home, SharedArtifacts shared, TimeProvider time, CancellationToken cancellation)
    {
        var here = PredictionLogReader.Find(home.Predictions, ids);
        if (!shared.IsShared || here.Count == ids.Length)
            return here;
        Guid[] missing = [.. ids.Where(id => !here.ContainsKey(id))];
        var elsewhere = await new SharedPredictions(shared, home.Predictions, time).FindAsync(missing, cancellation).ConfigureAwait(false);
        return here.Concat(elsewhere).ToDictionary();
    }

    private void Add(ChunkAppender rows, LoggedPrediction prediction, string label, double heldOut)
    {
        rows.Set(0, Rows++);
        rows.Set(1, Encoding.UTF8.GetBytes(SideOf(prediction.Text!, heldOut)));
        for (var i = 0; i < _columns.Length; i++)
        {
            if (FieldOf(prediction, label, _columns[i]) is { Length: > 0 } field)
                rows.Set(i + 2, Encoding.UTF8.GetBytes(field));
            else
                rows.SetNull(i + 2);
        }
        rows.EndRow();
    }

    /// <summary>By the text alone, so that one which was held out once always is.</summary>
    private string SideOf(string text, double heldOut)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        var u = SplitKey.Of(BinaryPrimitives.ReadUInt64LittleEndian(hash), _basis.Manifest.Split.Seed) / Math.Pow(2, 64);
        return u < heldOut ? "test" : u < heldOut + (ValidShare * (1 - heldOut)) ? "valid" : "train";
    }

    private static string? FieldOf(LoggedPrediction prediction, string label, SnapshotColumn column) => column switch
    {
        { Name: "text" } => prediction.Text,
        { Name: "label" } => label,
        { Name: "user" } => prediction.User,
        { Name: "item" } => prediction.Item,
        { Name: "time" } => prediction.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture),
        { Categorical: true } => prediction.Categorical.GetValueOrDefault(column.Name),
        _ => prediction.Numeric.GetValueOrDefault(column.Name)?.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Value(SnapshotColumn column) => column.Type == SnapshotColumnType.Time
        ? $"strftime({DuckSession.Name(column.Name)}, '%Y-%m-%dT%H:%M:%S.%fZ')" : $"CAST({DuckSession.Name(column.Name)} AS VARCHAR)";

    /// <summary>As the project's source calls it, so that expectations find it.</summary>
    private string SourceNameOf(SnapshotColumn column) => column.Name switch
    {
        "text" => _basis.Manifest.Mapping.Text.Name,
        "label" => _basis.Manifest.Mapping.Label?.Name ?? column.Name,
        "user" => _basis.Manifest.Mapping.User?.Name ?? column.Name,
        "item" => _basis.Manifest.Mapping.Item?.Name ?? column.Name,
        "time" => _basis.Manifest.Mapping.Time?.Name ?? column.Name,
        var name => name,
    };

    /// <summary>Whether there is what it speaks of; of other columns the source itself was asked.</summary>
    private bool Concerns(Expectation expectation) => expectation.Arguments is { ColumnSet: null, Column: var name }
        && (name is null || _columns.Any(column => name == column.Name || name == SourceNameOf(column)));

    private static EntityFeature FeatureOf(string name) =>
        EntityFeature.TryParse(name, out var feature) ? feature : throw new DatasetException($"The snapshot has an aggregate '{name}' that this version of Plumbline does not know. Use a newer one");

    private long Count(string rows)
    {
        using var command = _session.Connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {rows}";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private void Copy(string select, string file, CancellationToken cancellation) =>
        _session.Write($"COPY ({select}) TO {DuckSession.Literal(Path.Combine(Folder, file))} (FORMAT parquet, COMPRESSION zstd)", cancellation);
}
