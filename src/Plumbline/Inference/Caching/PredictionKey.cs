using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Plumbline.Inference.Caching;

/// <summary>
/// SHA-256 of all that an answer depends on: so wide, and so hard to collide on purpose, that what was asked need not be kept and compared. Texts do not stay in memory for it, nor reach Redis.
/// </summary>
public readonly record struct PredictionKey(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    public const int Size = SHA256.HashSizeInBytes;

    /// <param name="content">The model's digest, its inputs and the text, as docs/specs/prediction-cache.md has them.</param>
    public static PredictionKey Of(ReadOnlySpan<byte> content)
    {
        Span<ulong> hash = stackalloc ulong[Size / sizeof(ulong)];
        SHA256.HashData(content, MemoryMarshal.AsBytes(hash));
        return new PredictionKey(hash[0], hash[1], hash[2], hash[3]);
    }

    public void CopyTo(Span<byte> bytes)
    {
        ReadOnlySpan<ulong> hash = [First, Second, Third, Fourth];
        MemoryMarshal.AsBytes(hash).CopyTo(bytes);
    }

    public override int GetHashCode() => (int)First;
}
