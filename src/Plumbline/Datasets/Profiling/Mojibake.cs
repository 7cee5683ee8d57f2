using System.Text;

namespace Plumbline.Datasets.Profiling;

/// <summary>Finds text that was UTF-8, was read as Windows-1252 or GBK and written as UTF-8 again: <c>Ã©</c> for é, <c>â€™</c> or <c>鈥檚</c> for an apostrophe.</summary>
internal static class Mojibake
{
    /// <summary>First byte of all letters À to ÿ in UTF-8, as which the first byte of a longer character is misread.</summary>
    private const byte Lead = 0xC3;

    /// <summary>What Windows-1252 has at 0x80 to 0x9F.</summary>
    private const string Punctuation = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

    /// <param name="text">Valid UTF-8.</param>
    public static bool IsIn(ReadOnlySpan<byte> text) => IndexIn(text) >= 0;

    /// <returns>Where the first begins; -1 where there is none.</returns>
    public static int IndexIn(ReadOnlySpan<byte> text)
    {
        // GBK's way to show half a quotation mark, and U+FFFD twice; no Chinese text has them.
        var at = IndexOfWindows1252(text);
        if (at < 0)
            at = text.IndexOf("鈥"u8);
        return at >= 0 ? at : text.IndexOf("锟斤拷"u8);
    }

    private static int IndexOfWindows1252(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length - 2; at += 2)
        {
            // A misread  (0xC2) is U+00C2, so this finds it, too.
            var found = text[at..].IndexOf(Lead);
            if (found < 0 || (at += found) >= text.Length - 2)
                return -1;
            if (Begins(text[at..], at > 0 && text[at - 1] is >= (byte)'A' and <= (byte)'Z'))
                return at;
        }
        return -1;
    }

    private static bool Begins(ReadOnlySpan<byte> text, bool afterCapital) => (text[1] + 0x40) switch
    {
        // In capitals these are letters before a closing quotation mark or dash.
        0xC2 or 0xC3 => !afterCapital && Continuations(text[2..], 1) > 0,
        // Two Cyrillic letters in a row: Ð and Ñ are letters by themselves.
        0xD0 or 0xD1 => Continuations(text[2..], 1) is var length and > 0 && text[(2 + length)..] is [Lead, 0x90 or 0x91, ..] and var next && Continuations(next[2..], 1) > 0,
        >= 0xE0 and <= 0xEF => Continuations(text[2..], 2) > 0,
        >= 0xF0 and <= 0xF4 => Continuations(text[2..], 3) > 0,
        _ => false,
    };

    /// <returns>Bytes of the <paramref name="count"/> characters with which <paramref name="text"/> begins, if each is a misread 0x80 to 0xBF; 0 if not.</returns>
    private static int Continuations(ReadOnlySpan<byte> text, int count)
    {
        var length = 0;
        for (; count > 0; count--)
        {
            Rune.DecodeFromUtf8(text[length..], out var rune, out var bytes);
            if (rune.Value is not (>= 0x80 and <= 0xBF) && !(rune.IsBmp && Punctuation.Contains((char)rune.Value, StringComparison.Ordinal)))
                return 0;
            length += bytes;
        }
        return length;
    }
}
