using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Plumbline.Text;

/// <summary>
/// Splits UTF-8 text into lower-cased tokens of any script (see <see cref="TokenExpression"/>), with a hash of each.
/// Immutable and thread-safe; all state is in the caller's <see cref="TokenBuffer"/>.
/// </summary>
internal sealed class Tokenizer(TokenOptions options)
{
    private const int Block = 32;

    /// <summary>Lower case and class of U+0080…U+07FF: the two-byte sequences of Latin, Greek, Cyrillic, Hebrew and Arabic.</summary>
    private static readonly (ushort Lower, byte Class)[] TwoByte = MakeTwoByteTable();

    private readonly TokenRewriter? _rewriter = options.IsOnnxExpressible ? null : new TokenRewriter(options);

    /// <summary>Fills <paramref name="buffer"/> with the tokens of <paramref name="text"/>; malformed UTF-8 reads as U+FFFD, which is in no token.</summary>
    public void Tokenize(ReadOnlySpan<byte> text, TokenBuffer buffer)
    {
        buffer.Origins?.Clear();
        Fold(text, buffer);
        _rewriter?.Rewrite(buffer);
        Scan(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold(ReadOnlySpan<byte> text, TokenBuffer buffer)
    {
        // A malformed byte becomes U+FFFD, three bytes; lower case alone lengthens by at most one half (U+023A to U+2C65).
        buffer.EnsureBytes(checked((3 * text.Length) + Block));
        ref var lower = ref buffer.Lower[0];
        ref var classes = ref buffer.Classes[0];
        ref var source = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(text);
        int at = 0, to = 0;
        while (at < text.Length)
        {
            if (text.Length - at >= Block)
            {
                var bytes = Vector256.LoadUnsafe(ref source, (nuint)at);
                if (bytes.ExtractMostSignificantBits() == 0)
                {
                    var folded = LowerAscii(bytes);
                    folded.StoreUnsafe(ref lower, (nuint)to);
                    ClassesOf(folded).StoreUnsafe(ref classes, (nuint)to);
                    at += Block;
                    to += Block;
                    continue;
                }
            }
            var end = Math.Min(at + Block, text.Length);
            while (at < end)
            {
                var first = text[at];
                if (first < 0x80)
                {
                    var folded = (byte)(first is >= (byte)'A' and <= (byte)'Z' ? first | 0x20 : first);
                    Unsafe.Add(ref lower, to) = folded;
                    Unsafe.Add(ref classes, to++) = CharacterClass.OfAscii(folded);
                    at++;
                }
                else if (first is >= 0xC2 and <= 0xDF && at + 1 < text.Length && (text[at + 1] & 0xC0) == 0x80)
                {
                    var (folded, characterClass) = TwoByte[((first & 0x1F) << 6) | (text[at + 1] & 0x3F)];
                    to += Append(new Rune(folded), characterClass, ref Unsafe.Add(ref lower, to), ref Unsafe.Add(ref classes, to));
                    at += 2;
                }
                else
                {
                    Rune.DecodeFromUtf8(text[at..], out var rune, out var consumed);
                    rune = Rune.ToLowerInvariant(rune);
                    to += Append(rune, CharacterClass.Of(rune), ref Unsafe.Add(ref lower, to), ref Unsafe.Add(ref classes, to));
                    at += consumed;
                }
            }
        }
        buffer.Length = to;
        Vector256<byte>.Zero.StoreUnsafe(ref classes, (nuint)to);
    }

    private static int Append(Rune rune, byte characterClass, ref byte lower, ref byte classes)
    {
        var length = rune.EncodeToUtf8(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref lower, 4));
        var tail = characterClass == CharacterClass.Single ? CharacterClass.SingleTail : characterClass;
        for (var i = 0; i < length; i++)
            Unsafe.Add(ref classes, i) = i == 0 ? characterClass : tail;
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LowerAscii(Vector256<byte> bytes)
    {
        var isUpper = Vector256.LessThan(bytes - Vector256.Create((byte)'A'), Vector256.Create((byte)26));
        return bytes | (isUpper & Vector256.Create((byte)0x20));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> ClassesOf(Vector256<byte> lower)
    {
        var isWord = Vector256.LessThan(lower - Vector256.Create((byte)'a'), Vector256.Create((byte)26))
            | Vector256.LessThan(lower - Vector256.Create((byte)'0'), Vector256.Create((byte)10))
            | Vector256.Equals(lower, Vector256.Create((byte)'_'));
        var isSingle = Vector256.Equals(lower, Vector256.Create((byte)'!'))
            | Vector256.Equals(lower, Vector256.Create((byte)'?'))
            | Vector256.Equals(lower & Vector256.Create((byte)0xFE), Vector256.Create((byte)'(')); // '(' is 0x28, ')' is 0x29
        return (isWord & Vector256.Create(CharacterClass.Word)) | (isSingle & Vector256.Create(CharacterClass.Single));
    }

    /// <summary>Turns classes into token boundaries, 32 bytes at a time as bit masks, and hashes each token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scan(TokenBuffer buffer)
    {
        buffer.EnsureTokens(Math.Max(64, (buffer.Length / 4) + Block));
        ref var classes = ref buffer.Classes[0];
        ref var lower = ref buffer.Lower[0];
        int count = 0, open = -1;
        uint wordCarry = 0, tokenCarry = 0;
        for (var block = 0; block <= buffer.Length; block += Block)
        {
            var bytes = Vector256.LoadUnsafe(ref classes, (nuint)block);
            var valid = buffer.Length - block;
            var inside = valid >= Block ? uint.MaxValue : (1u << valid) - 1;
            var word = Vector256.Equals(bytes, Vector256.Create(CharacterClass.Word)).ExtractMostSignificantBits() & inside;
            var single = Vector256.Equals(bytes, Vector256.Create(CharacterClass.Single)).ExtractMostSignificantBits() & inside;
            var token = ~Vector256.Equals(bytes, Vector256<byte>.Zero).ExtractMostSignificantBits() & inside;
            var starts = (word & ~((word << 1) | wordCarry)) | single;
            var boundaries = starts | (~token & ((token << 1) | tokenCarry));
            wordCarry = word >> 31;
            tokenCarry = token >> 31;
            if (count + Block >= buffer.Starts.Length)
                buffer.EnsureTokens(count + (2 * Block));
            while (boundaries != 0)
            {
                var bit = BitOperations.TrailingZeroCount(boundaries);
                var at = block + bit;
                if (open >= 0)
                {
                    buffer.Starts[count] = open;
                    buffer.Ends[count] = at;
                    buffer.Hashes[count++] = TextHash.Bytes(ref Unsafe.Add(ref lower, open), at - open);
                }
                open = (starts >> bit & 1) != 0 ? at : -1;
                boundaries &= boundaries - 1;
            }
        }
        if (open >= 0)
        {
            buffer.Starts[count] = open;
            buffer.Ends[count] = buffer.Length;
            buffer.Hashes[count++] = TextHash.Bytes(ref Unsafe.Add(ref lower, open), buffer.Length - open);
        }
        buffer.Count = count;
    }

    private static (ushort Lower, byte Class)[] MakeTwoByteTable()
    {
        var table = new (ushort, byte)[0x800];
        for (var value = 0x80; value < 0x800; value++)
        {
            var lower = Rune.ToLowerInvariant(new Rune(value));
            table[value] = ((ushort)lower.Value, CharacterClass.Of(lower));
        }
        return table;
    }
}
