using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Plumbline.Text;

namespace Plumbline.Datasets.Profiling;

/// <param name="Characters">Unicode scalar values.</param>
/// <param name="Words">Tokens, as <see cref="Tokenizer"/> finds them without options.</param>
/// <param name="Script">That of most letters, the lower number where two have as many; <see cref="Text.Script.None"/> without letters.</param>
internal readonly record struct TextFacts(int Characters, int Words, byte Script, TextMarks Marks)
{
    private const int Block = 32;

    private static readonly SearchValues<byte> Control = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(value => value is not ('\t' or '\n' or '\r')).Select(value => (byte)value), 0x7F]);

    /// <param name="text">Valid UTF-8.</param>
    public static TextFacts Of(ReadOnlySpan<byte> text)
    {
        Span<int> letters = stackalloc int[Text.Script.Other + 1];
        letters.Clear();
        var marks = text.ContainsAny(Control) ? TextMarks.ControlCharacter : TextMarks.None;
        var (characters, words) = Scan(text, letters, ref marks);
        if (characters != text.Length && Mojibake.IsIn(text))
            marks |= TextMarks.Mojibake;
        if (MarkupSigns.AreIn(text))
            marks |= TextMarks.Markup;
        if (HasLink(text))
            marks |= TextMarks.Link;
        var most = letters.IndexOf(MaxOf(letters));
        return new TextFacts(characters, words, letters[most] == 0 ? Text.Script.None : (byte)most, marks);
    }

    private static (int Characters, int Words) Scan(ReadOnlySpan<byte> text, Span<int> letters, ref TextMarks marks)
    {
        int at = 0, characters = 0, words = 0;
        var inWord = 0u;
        ref var start = ref MemoryMarshal.GetReference(text);
        while (at < text.Length)
        {
            if (text.Length - at >= Block)
            {
                var bytes = Vector256.LoadUnsafe(ref start, (nuint)at);
                if (bytes.ExtractMostSignificantBits() == 0)
                {
                    var (letter, word, single) = ClassesOf(bytes);
                    letters[Text.Script.Latin] += BitOperations.PopCount(letter);
                    words += BitOperations.PopCount(word & ~((word << 1) | inWord)) + BitOperations.PopCount(single);
                    inWord = word >> (Block - 1);
                    at += Block;
                    characters += Block;
                    continue;
                }
            }
            for (var end = Math.Min(at + Block, text.Length); at < end; characters++)
                at += ScanCharacter(text[at..], letters, ref marks, ref words, ref inWord);
        }
        return (characters, words);
    }

    /// <returns>Bytes of the character.</returns>
    private static int ScanCharacter(ReadOnlySpan<byte> text, Span<int> letters, ref TextMarks marks, ref int words, ref uint inWord)
    {
        Rune.DecodeFromUtf8(text, out var rune, out var length);
        if (rune.Value == 0xFFFD)
            marks |= TextMarks.ReplacementCharacter;
        else if (rune.Value is >= 0x80 and < 0xA0 and not 0x85)
            marks |= TextMarks.ControlCharacter;
        var (characterClass, script) = Text.Script.Of(rune);
        var isWord = characterClass == CharacterClass.Word ? 1u : 0u;
        if (characterClass == CharacterClass.Single || isWord > inWord)
            words++;
        inWord = isWord;
        letters[script] += script == Text.Script.None ? 0 : 1;
        return length;
    }

    private static (uint Letter, uint Word, uint Single) ClassesOf(Vector256<byte> ascii)
    {
        var letter = Vector256.LessThan((ascii | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
        var word = letter | Vector256.LessThan(ascii - Vector256.Create((byte)'0'), Vector256.Create((byte)10)) | Vector256.Equals(ascii, Vector256.Create((byte)'_'));
        var single = Vector256.Equals(ascii, Vector256.Create((byte)'!')) | Vector256.Equals(ascii, Vector256.Create((byte)'?'))
            | Vector256.Equals(ascii & Vector256.Create((byte)0xFE), Vector256.Create((byte)'(')); // '(' is 0x28, ')' is 0x29
        return (letter.ExtractMostSignificantBits(), word.ExtractMostSignificantBits(), single.ExtractMostSignificantBits());
    }

    private static int MaxOf(ReadOnlySpan<int> values)
    {
        var most = 0;
        foreach (var value in values)
            most = Math.Max(most, value);
        return most;
    }

    private static bool HasLink(ReadOnlySpan<byte> text)
    {
        for (var rest = text; rest.IndexOf("://"u8) is >= 0 and var at; rest = rest[(at + 3)..])
            if (EndsWith(rest[..at], "http"u8) || EndsWith(rest[..at], "https"u8))
                return true;
        return text.IndexOf("www."u8) >= 0;
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) => text.Length >= end.Length && Ascii.EqualsIgnoreCase(text[^end.Length..], end);
}
