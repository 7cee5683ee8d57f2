using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Plumbline.Text;

namespace Plumbline.Monitoring;

/// <summary>What can be told of a text in passing.</summary>
internal static class TextShape
{
    /// <summary>Bytes by which the script of a text is told.</summary>
    public const int ScriptBytes = 64;

    /// <summary>Unicode scalar values of valid UTF-8: bytes that continue none.</summary>
    public static int Characters(ReadOnlySpan<byte> text)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        int at = 0, continued = 0;
        for (; at + Vector256<byte>.Count <= text.Length; at += Vector256<byte>.Count)
            continued += BitOperations.PopCount(Vector256.LessThan(Vector256.LoadUnsafe(ref start, (nuint)at).AsSByte(), Vector256.Create((sbyte)-64)).ExtractMostSignificantBits());
        for (; at < text.Length; at++)
            continued += (text[at] & 0xC0) == 0x80 ? 1 : 0;
        return text.Length - continued;
    }

    /// <summary>That of most letters of the beginning, the lower number where two have as many.</summary>
    public static byte ScriptOf(ReadOnlySpan<byte> text)
    {
        var beginning = text[..Math.Min(text.Length, ScriptBytes)];
        if (Ascii.IsValid(beginning))
            return beginning.ContainsAnyInRange((byte)'a', (byte)'z') || beginning.ContainsAnyInRange((byte)'A', (byte)'Z') ? Script.Latin : Script.None;
        Span<int> letters = stackalloc int[Script.Other + 1];
        letters.Clear();
        while (Rune.DecodeFromUtf8(beginning, out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            letters[Script.Of(rune).Script]++;
            beginning = beginning[length..];
        }
        letters[Script.None] = 0;
        var most = 0;
        for (var script = 1; script < letters.Length; script++)
        {
            if (letters[script] > letters[most])
                most = script;
        }
        return (byte)most;
    }
}
