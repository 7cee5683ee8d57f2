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

    /// <summary>Why the record that <see cref="ReadOn"/> moved to cannot be read, without saying where; null where it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>Moves to the next record; false at the end.</summary>
    public abstract bool Read();

    /// <summary>As <see cref="Read"/>, but one record that cannot be read stops nothing: it has a <see cref="Fault"/>, and no fields.</summary>
    public bool ReadOn()
    {
        Fault = null;
        try
        {
            return Read();
        }
        catch (DatasetException e) when (e.RecordProblem is not null)
        {
            if (!TrySkip())
                throw;
            Fault = e.RecordProblem;
            return true;
        }
    }

    /// <summary>What the value of a column is in the source, such as "a number", where it is not a text; null where it is one, or missing.</summary>
    public virtual string? OtherThanText(int column) => null;

    /// <summary>Valid UTF-8, until the next <see cref="Read"/>.</summary>
    public abstract ReadOnlySpan<byte> Field(int column);

    public DatasetException Error(string problem, Exception? cause = null)
    {
        var where = Line > 0 ? $"{Path}, row {Row} (line {Line}): " : $"{Path}, row {Row}: ";
        return cause is null ? new DatasetException(where + problem) { RecordProblem = problem } : new DatasetException(where + problem, cause) { RecordProblem = problem };
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Moves behind a record that cannot be read; false where nothing can be read after it.</summary>
    protected virtual bool TrySkip() => false;

    protected virtual void Dispose(bool disposing)
    {
    }
}
