using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Plumbline.Statistics;

/// <summary>Writes what sketches are made of: counts as LEB128, seven bits a byte, the lowest first. Not thread-safe.</summary>
internal sealed class SketchWriter
{
    private const int MostBytes = 10;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Write(long count)
    {
        var target = _bytes.GetSpan(MostBytes);
        var (left, length) = ((ulong)count, 0);
        for (; left >= 128; left >>= 7)
            target[length++] = (byte)(left | 128);
        target[length++] = (byte)left;
        _bytes.Advance(length);
    }

    public void Write(ReadOnlySpan<long> counts)
    {
        foreach (var count in counts)
            Write(count);
    }

    public void Write(string text)
    {
        Write(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _bytes);
    }

    public void WriteFixed(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(sizeof(ulong)), value);
        _bytes.Advance(sizeof(ulong));
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
