namespace Plumbline.Datasets.Sources;

/// <summary>
/// The whole of a source, read once and forwards: one file, or many whose columns are matched by name to those of the first.
/// Not thread-safe but for <see cref="BytesRead"/>. Whatever is wrong surfaces as <see cref="DatasetException"/> naming file and row.
/// </summary>
internal sealed class SourceReader : IDisposable
{
    private readonly SourceOptions _options;
    private readonly IReadOnlyList<Origin> _origins;
    private readonly SourceFile _first;
    private readonly List<SourcePart> _parts = [];
    private readonly List<string> _notes = [];
    private SourceFile _current;
    private long _finishedBytes;

    private SourceReader(SourceOptions options, IReadOnlyList<Origin> origins, SourceFile first)
    {
        _options = options;
        _origins = origins;
        _first = _current = first;
        // A total that leaves some out would show more than all as done.
        BytesTotal = origins.Any(origin => origin.Size == 0) ? 0 : origins.Sum(origin => origin.Size);
    }

    /// <summary>For messages: the path, the pattern, the s3:// address or where the query runs.</summary>
    public string Name => _options.Name;

    /// <summary>Of the first file.</summary>
    public IReadOnlyList<string> Columns => _first.Columns;

    /// <summary>First records, one string a column.</summary>
    public IReadOnlyList<string[]> Sample => _first.Sample;

    public int Files => _origins.Count;

    /// <summary>As stored, so of compressed files the compressed bytes.</summary>
    public long BytesRead => Volatile.Read(ref _finishedBytes) + Volatile.Read(ref _current).BytesRead;

    /// <summary>0 where not known.</summary>
    public long BytesTotal { get; }

    /// <summary>The files read to their end so far, in order.</summary>
    public IReadOnlyList<SourcePart> Parts => _parts;

    /// <summary>What is no error but should be told, complete sentences.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="DatasetException">There is no such source, its first file cannot be read, or its columns are not as pinned.</exception>
    public static SourceReader Open(SourceOptions options, CancellationToken stop = default)
    {
        var origins = OriginFinder.Find(options, stop);
        SourceReader? reader = null;
        try
        {
            reader = new SourceReader(options, origins, SourceFile.Open(origins[0], options, null, stop));
            reader.CheckSchema(reader._first);
            return reader;
        }
        catch
        {
            reader?.Dispose();
            foreach (var origin in origins)
                origin.Dispose();
            throw;
        }
    }

    /// <summary>What the first records show.</summary>
    /// <param name="mapping">What the columns are for; null where not known.</param>
    public SourceSchema InferSchema(SchemaMapping? mapping) => SchemaInference.Infer(Columns, Sample, mapping);

    /// <summary>All records in order: files in ordinal order of their paths, rows as they stand there. May be enumerated once.</summary>
    /// <param name="wanted">Whether column i of <see cref="Columns"/> will be asked for, so that every file must have it.</param>
    /// <param name="batchRows">Most records of a batch, which never spans files.</param>
    /// <param name="others">Whether the other columns are read where a file has them; if not, they read as missing.</param>
    public IEnumerable<FieldBatch> ReadBatches(Func<int, bool> wanted, int batchRows = 2048, bool others = false, CancellationToken stop = default)
    {
        for (var number = 0; number < _origins.Count; number++)
        {
            var file = number == 0 ? _first : SourceFile.Open(_origins[number], _options, _first, stop);
            Volatile.Write(ref _current, file);
            if (number > 0)
                CheckSchema(file);
            var map = ColumnMap.Match(_first, file, wanted, others, _notes);
            using (var reader = file.Read(column => map.Contains(column)))
            {
                var batch = new FieldBatchBuilder(number, Columns.Count, batchRows);
                while (reader.Read())
                {
                    if (!batch.TryAdd(reader, map))
                        throw reader.Error("a field of it is longer than 16 MiB. Shorten it, or leave it out");
                    if (!batch.IsFull)
                        continue;
                    stop.ThrowIfCancellationRequested();
                    yield return batch.Build();
                }
                if (!batch.IsEmpty)
                    yield return batch.Build();
            }
            _parts.Add(file.Finish());
            Volatile.Write(ref _finishedBytes, _finishedBytes + file.BytesRead);
            file.Dispose();
        }
    }

    /// <param name="file">0-based, <see cref="FieldBatch.File"/>.</param>
    public string FileName(int file) => _origins[file].Name;

    /// <summary>The beginning of a message about a record.</summary>
    /// <param name="file">0-based, <see cref="FieldBatch.File"/>.</param>
    public string Where(int file, long row) => FormattableString.Invariant($"{_origins[file].Name}, row {row}");

    public DatasetException Error(int file, long row, string problem) => new($"{Where(file, row)}: {problem}");

    public void Dispose()
    {
        _current.Dispose();
        _first.Dispose();
        foreach (var origin in _origins)
            origin.Dispose();
    }

    private void CheckSchema(SourceFile file)
    {
        if (_options.Schema is { } pinned)
            SchemaInference.Check(file.Name, file.Columns, file.Sample, pinned, _notes);
    }
}
