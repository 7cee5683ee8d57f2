using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Datasets.Output;

/// <summary>Writes records as <see cref="RecordReader"/> reads them. Not thread-safe.</summary>
internal abstract class RecordWriter : IDisposable
{
    /// <param name="output">Stays the caller's to dispose.</param>
    /// <param name="schema">Which columns are numbers or truth values, where the format tells them from texts.</param>
    /// <param name="home">Where Parquet is put together.</param>
    public static RecordWriter Create(RecordFormat format, Stream output, IReadOnlyList<string> columns, SourceSchema schema, Home home) => format switch
    {
        RecordFormat.Csv => new DelimitedWriter(output, columns, (byte)','),
        RecordFormat.Tsv => new DelimitedWriter(output, columns, (byte)'\t'),
        RecordFormat.JsonLines => new JsonLinesWriter(output, schema),
        _ => new ParquetWriter(output, columns, home),
    };

    /// <param name="copies">How often each is written, at once.</param>
    public void Write(FieldBatch records, ReadOnlySpan<int> copies)
    {
        for (var record = 0; record < records.Count; record++)
            for (var copy = 0; copy < copies[record]; copy++)
                Write(records, record);
    }

    /// <summary>Everything is in the stream after this.</summary>
    public abstract void Complete();

    protected abstract void Write(FieldBatch records, int record);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
