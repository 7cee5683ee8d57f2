namespace Plumbline.Datasets.Sources;

/// <summary>
/// Reads the records of one source forwards, each as UTF-8 fields; a missing value is an empty field. Not thread-safe.
/// Whatever is wrong with the source surfaces as <see cref="DatasetException"/> naming file, row and line.
/// </summary>
internal abstract class RecordReader(string path, IReadOnlyList<string> columns) : IDisposable
{
    public string Path { get; } = path;

    public IReadOnlyList<string> Columns { get; } = columns;

    /// <summary>1-based number of the current record; headers and blank lines are not counted.</summary>
    public long Row { get; protected set; }

    /// <summary>1-based line on which the current record starts; 0 where the source has no lines.</summary>
    public long Line { get; protected set; }

    /// <summary>Moves to the next record; false at the end.</summary>
    public abstract bool Read();

    /// <summary>Valid UTF-8, until the next <see cref="Read"/>.</summary>
    public abstract ReadOnlySpan<byte> Field(int column);

    public DatasetException Error(string problem, Exception? cause = null)
    {
        var where = Line > 0 ? $"{Path}, row {Row} (line {Line}): " : $"{Path}, row {Row}: ";
        return cause is null ? new DatasetException(where + problem) : new DatasetException(where + problem, cause);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
