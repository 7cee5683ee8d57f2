using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// UUIDs of version 7 (RFC 9562 §6.2 method 1): milliseconds, a 32-bit counter, and 42 random bits of this process. They sort by time, and
/// two processes would need the same random bits, the same millisecond and the same count to collide. Thread-safe, allocates nothing.
/// </summary>
internal sealed class RequestIds(TimeProvider time)
{
    private readonly ulong _process = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))) & ((1UL << 42) - 1);
    private uint _count;

    /// <summary>The last 42 bits of all ids, 11 hex digits.</summary>
    public string Process => _process.ToString("x11", CultureInfo.InvariantCulture);

    public Guid Next()
    {
        const ulong Version = 0x7000, Variant = 1UL << 63;
        var count = (ulong)Interlocked.Increment(ref _count);
        var milliseconds = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (milliseconds << 16) | Version | (count >> 20));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Variant | ((count & 0xFFFFF) << 42) | _process);
        return new Guid(bytes, bigEndian: true);
    }
}
