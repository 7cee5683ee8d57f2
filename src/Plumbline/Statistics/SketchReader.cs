using System.Buffers.Binary;
using System.Text;

namespace Plumbline.Statistics;

/// <summary>Reads what <see cref="SketchWriter"/> wrote.</summary>
/// <exception cref="InvalidDataException">Each method: the bytes end, or hold more than can be.</exception>
internal ref struct SketchReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly bool IsAtEnd => _left.IsEmpty;

    public long ReadCount(long most = long.MaxValue)
    {
        var value = 0UL;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
                return value <= (ulong)most ? (long)value : throw new InvalidDataException($"{value} stands where at most {most} can be");
        }
        throw new InvalidDataException("a number does not end");
    }

    public int ReadCount(int most) => (int)ReadCount((long)most);

    public void ReadCounts(Span<long> counts)
    {
        foreach (ref var count in counts)
            count = ReadCount();
    }

    public string ReadText() => Encoding.UTF8.GetString(Take(ReadCount(_left.Length)));

    public ulong ReadFixed() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _left.Length)
            throw new InvalidDataException("it ends early");
        var taken = _left[..length];
        _left = _left[length..];
        return taken;
    }
}
