using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// UUIDs of version 7 (RFC 9562 §6.2 method 1): milliseconds, a 26-bit counter, and a node of 38 random bits of this process and 10 of a generation. They sort by time, and
/// two processes would need the same random bits, the same millisecond and the same count to collide. Thread-safe, allocates nothing.
/// </summary>
internal sealed class RequestIds(TimeProvider time)
{
    /// <summary>Generations that ids can tell from each other.</summary>
    public const int Generations = 1 << GenerationBits;

    private const int GenerationBits = 10;
    private readonly ulong _process = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))) & ((1UL << 38) - 1);
    private uint _count;

    /// <summary>The last 48 bits of all ids of a generation, 12 hex digits.</summary>
    public string Node(int generation) => NodeBits(generation).ToString("x12", CultureInfo.InvariantCulture);

    /// <param name="generation">What answers, below <see cref="Generations"/>.</param>
    public Guid Next(int generation = 0)
    {
        const ulong Version = 0x7000, Variant = 1UL << 63;
        var count = (ulong)Interlocked.Increment(ref _count);
        var milliseconds = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (milliseconds << 16) | Version | ((count >> 14) & 0xFFF));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Variant | ((count & 0x3FFF) << 48) | NodeBits(generation));
        return new Guid(bytes, bigEndian: true);
    }

    private ulong NodeBits(int generation) => (_process << GenerationBits) | (uint)generation;
}
