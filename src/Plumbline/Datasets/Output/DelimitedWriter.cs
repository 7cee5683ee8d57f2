using System.Buffers;
using System.Text;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Output;

/// <summary>RFC 4180 with LF: quotes only where a field needs them.</summary>
internal sealed class DelimitedWriter : RecordWriter
{
    private const int BufferBytes = 1 << 20;

    private readonly Stream _output;
    private readonly byte _delimiter;
    private readonly SearchValues<byte> _special;
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes);

    public DelimitedWriter(Stream output, IReadOnlyList<string> columns, byte delimiter)
    {
        (_output, _delimiter) = (output, delimiter);
        _special = SearchValues.Create([delimiter, (byte)'"', (byte)'\n', (byte)'\r']);
        for (var column = 0; column < columns.Count; column++)
            Append(Encoding.UTF8.GetBytes(columns[column]), column, columns.Count);
    }

    public override void Complete()
    {
        _output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    protected override void Write(FieldBatch records, int record)
    {
        for (var column = 0; column < records.Columns; column++)
            Append(records.Field(column, record), column, records.Columns);
        if (_buffer.WrittenCount >= BufferBytes)
            Complete();
    }

    private void Append(ReadOnlySpan<byte> field, int column, int columns)
    {
        // An empty line would be no record.
        if (field.ContainsAny(_special) || (columns == 1 && field.IsEmpty))
            AppendQuoted(_buffer, field);
        else
            _buffer.Write(field);
        _buffer.Write([column == columns - 1 ? (byte)'\n' : _delimiter]);
    }

    internal static void AppendQuoted(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> field)
    {
        buffer.Write("\""u8);
        for (int quote; (quote = field.IndexOf((byte)'"')) >= 0; field = field[(quote + 1)..])
        {
            buffer.Write(field[..(quote + 1)]);
            buffer.Write("\""u8);
        }
        buffer.Write(field);
        buffer.Write("\""u8);
    }
}
