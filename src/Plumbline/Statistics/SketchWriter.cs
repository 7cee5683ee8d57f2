using System.Text;

namespace Plumbline.Statistics;

/// <summary>Writes what sketches are made of: counts as LEB128, seven bits a byte, the lowest first. Not thread-safe.</summary>
internal sealed class SketchWriter
{
    private readonly MemoryStream _bytes = new();

    public void Write(long count)
    {
        for (var left = (ulong)count; ; left >>= 7)
        {
            _bytes.WriteByte((byte)(left < 128 ? left : left | 128));
            if (left < 128)
                return;
        }
    }

    public void Write(ReadOnlySpan<long> counts)
    {
        foreach (var count in counts)
            Write(count);
    }

    public void Write(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Write(utf8.Length);
        _bytes.Write(utf8);
    }

    public void WriteFixed(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.Write(bytes);
    }

    public byte[] ToArray() => _bytes.ToArray();
}
