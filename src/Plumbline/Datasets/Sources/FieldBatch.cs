namespace Plumbline.Datasets.Sources;

/// <summary>
/// Consecutive records of one file of a source as they stand there: the fields of every column as UTF-8, a missing value as an empty field.
/// Immutable once handed out; safe to read from several threads.
/// </summary>
/// <param name="file">0-based number of the file within the source.</param>
/// <param name="firstRow">1-based row in that file of the first record; the others follow without gaps.</param>
/// <param name="columns">Fields of a record.</param>
/// <param name="bytes">All fields one after another, valid UTF-8.</param>
/// <param name="ends">End of each field in <paramref name="bytes"/>, record by record.</param>
internal sealed class FieldBatch(int file, long firstRow, int columns, byte[] bytes, int[] ends)
{
    public int File => file;

    public int Count { get; } = columns == 0 ? 0 : ends.Length / columns;

    public int Columns => columns;

    /// <summary>1-based row in the file.</summary>
    public long Row(int record) => firstRow + record;

    public ReadOnlySpan<byte> Field(int column, int record)
    {
        var index = (record * columns) + column;
        var start = index == 0 ? 0 : ends[index - 1];
        return bytes.AsSpan(start, ends[index] - start);
    }
}
