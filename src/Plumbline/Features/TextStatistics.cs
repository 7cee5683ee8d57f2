using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Plumbline.Features;

/// <summary>Numbers that describe a raw text, all counted in one pass. Characters are Unicode scalars; words are runs without white space.</summary>
internal static class TextStatistics
{
    /// <summary>Names in the order in which <see cref="Compute"/> writes values, before one <c>{keyword}_freq</c> for each keyword.</summary>
    public static readonly string[] Names =
        ["text_len", "word_count", "exclamation_count", "question_count", "caps_ratio", "avg_word_length"];

    /// <summary>Writes the <see cref="Names"/>, then how often each of <paramref name="keywords"/> (lower case UTF-8) occurs in <paramref name="lower"/>.</summary>
    public static void Compute(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower, byte[][] keywords, Span<float> values)
    {
        var counts = Count(text);
        values[0] = counts.Characters;
        values[1] = counts.Words;
        values[2] = counts.Exclamations;
        values[3] = counts.Questions;
        values[4] = counts.Characters == 0 ? 0 : (float)counts.Capitals / counts.Characters;
        values[5] = counts.Words == 0 ? 0 : (float)counts.Characters / counts.Words;
        for (var i = 0; i < keywords.Length; i++)
            values[Names.Length + i] = lower.Count(keywords[i]);
    }

    private record struct Counts(int Characters, int Words, int Exclamations, int Questions, int Capitals);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Counts Count(ReadOnlySpan<byte> text)
    {
        const int Block = 32;
        var counts = default(Counts);
        ref var source = ref MemoryMarshal.GetReference(text);
        uint wordCarry = 0;
        var at = 0;
        while (at < text.Length)
        {
            if (text.Length - at >= Block)
            {
                var bytes = Vector256.LoadUnsafe(ref source, (nuint)at);
                if (bytes.ExtractMostSignificantBits() == 0)
                {
                    var space = (Vector256.Equals(bytes, Vector256.Create((byte)' '))
                        | Vector256.LessThan(bytes - Vector256.Create((byte)'\t'), Vector256.Create((byte)5))).ExtractMostSignificantBits();
                    counts.Characters += Block;
                    counts.Words += BitOperations.PopCount(~space & ((space << 1) | (1 - wordCarry)));
                    counts.Exclamations += Matches(bytes, (byte)'!');
                    counts.Questions += Matches(bytes, (byte)'?');
                    counts.Capitals += BitOperations.PopCount(
                        Vector256.LessThan(bytes - Vector256.Create((byte)'A'), Vector256.Create((byte)26)).ExtractMostSignificantBits());
                    wordCarry = 1 - (space >> 31);
                    at += Block;
                    continue;
                }
            }
            for (var end = Math.Min(at + Block, text.Length); at < end;)
            {
                Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
                var isSpace = Rune.IsWhiteSpace(rune);
                counts.Characters++;
                counts.Words += !isSpace && wordCarry == 0 ? 1 : 0;
                counts.Exclamations += rune.Value == '!' ? 1 : 0;
                counts.Questions += rune.Value == '?' ? 1 : 0;
                counts.Capitals += Rune.IsUpper(rune) ? 1 : 0;
                wordCarry = isSpace ? 0u : 1;
                at += length;
            }
        }
        return counts;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Matches(Vector256<byte> bytes, byte value) =>
        BitOperations.PopCount(Vector256.Equals(bytes, Vector256.Create(value)).ExtractMostSignificantBits());
}
