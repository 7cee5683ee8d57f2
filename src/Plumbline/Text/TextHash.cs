using System.Runtime.CompilerServices;

namespace Plumbline.Text;

/// <summary>
/// 64-bit hash of tokens and n-grams: 8 bytes at a time by a 64×64→128-bit product folded by xor (wyhash, Wang Yi 2019).
/// Part of the bundle format: vocabularies store these values, so that they may never change within a format version.
/// </summary>
internal static class TextHash
{
    private const ulong K0 = 0xa0761d6478bd642f;
    private const ulong K1 = 0xe7037ed1a0b428db;
    private const ulong K2 = 0x8ebc6af09c88c6e3;
    private const ulong K3 = 0x589965cc75374cc3;

    /// <summary>Hash of <paramref name="length"/> bytes at <paramref name="start"/>; 8 bytes past the end must be readable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bytes(ref byte start, int length)
    {
        if (length <= 8)
            return Fold(Masked(ref start, length) ^ K0, (ulong)length ^ K1);
        return Long(ref start, length);
    }

    private static ulong Long(ref byte start, int length)
    {
        var hash = (ulong)length ^ K1;
        var at = 0;
        for (; length - at > 8; at += 8)
            hash = Fold(Read(ref start, at) ^ K0, hash);
        return Fold(Masked(ref Unsafe.Add(ref start, at), length - at) ^ K2, hash);
    }

    /// <summary>Hash of the n-gram that ends in the token hashed <paramref name="last"/> after the n-gram hashed <paramref name="before"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Append(ulong before, ulong last) => Fold(before ^ K2, last + K3);

    /// <summary>Moves a character n-gram out of the way of a word of the same letters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Character(ulong hash) => Fold(hash ^ K3, K0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte start, int offset)
    {
        var value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
        return BitConverter.IsLittleEndian ? value : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);
    }

    /// <summary>The next 1 to 8 bytes, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Masked(ref byte start, int length) =>
        Read(ref start, 0) & (ulong.MaxValue >> (64 - (8 * length)));
}
