using System.Globalization;
using System.Text;

namespace Plumbline.Text;

/// <summary>Which script a letter is of, by Unicode's blocks: enough to say what most letters of a text are.</summary>
internal static class Script
{
    public const byte None = 0;

    public const byte Latin = 1;

    public const byte Cyrillic = 3;

    /// <summary>Letters of scripts without a name here.</summary>
    public const byte Other = 32;

    private const int Shift = 2;

    /// <summary>By number.</summary>
    public static readonly string[] Names =
    [
        "none", "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Odia", "Tamil", "Telugu", "Kannada",
        "Malayalam", "Sinhala", "Thai", "Lao", "Tibetan", "Myanmar", "Georgian", "Hangul", "Ethiopic", "Khmer", "Mongolian", "Hiragana", "Katakana", "Han", "Cherokee",
        "Bopomofo", "Yi", "other",
    ];

    private static readonly (int First, int Last, byte Script)[] Blocks =
    [
        (0x41, 0x24F, 1), (0x1E00, 0x1EFF, 1), (0x2C60, 0x2C7F, 1), (0xA720, 0xA7FF, 1), (0xAB30, 0xAB6F, 1), (0xFB00, 0xFB06, 1), (0xFF21, 0xFF5A, 1),
        (0x370, 0x3FF, 2), (0x1F00, 0x1FFF, 2), (0x400, 0x52F, 3), (0x1C80, 0x1C8F, 3), (0x2DE0, 0x2DFF, 3), (0xA640, 0xA69F, 3),
        (0x530, 0x58F, 4), (0xFB13, 0xFB17, 4), (0x590, 0x5FF, 5), (0xFB1D, 0xFB4F, 5),
        (0x600, 0x6FF, 6), (0x750, 0x77F, 6), (0x8A0, 0x8FF, 6), (0xFB50, 0xFDFF, 6), (0xFE70, 0xFEFF, 6),
        (0x900, 0x97F, 7), (0x980, 0x9FF, 8), (0xA00, 0xA7F, 9), (0xA80, 0xAFF, 10), (0xB00, 0xB7F, 11), (0xB80, 0xBFF, 12), (0xC00, 0xC7F, 13), (0xC80, 0xCFF, 14),
        (0xD00, 0xD7F, 15), (0xD80, 0xDFF, 16), (0xE00, 0xE7F, 17), (0xE80, 0xEFF, 18), (0xF00, 0xFFF, 19), (0x1000, 0x109F, 20),
        (0x10A0, 0x10FF, 21), (0x1C90, 0x1CBF, 21), (0x2D00, 0x2D2F, 21), (0x1100, 0x11FF, 22), (0x3130, 0x318F, 22), (0xA960, 0xA97F, 22), (0xAC00, 0xD7FF, 22),
        (0x1200, 0x139F, 23), (0x1780, 0x17FF, 24), (0x1800, 0x18AF, 25), (0x3040, 0x309F, 26), (0x30A0, 0x30FF, 27), (0x31F0, 0x31FF, 27), (0xFF66, 0xFF9F, 27),
        (0x2E80, 0x2FDF, 28), (0x3005, 0x3007, 28), (0x3400, 0x4DBF, 28), (0x4E00, 0x9FFF, 28), (0xF900, 0xFAFF, 28), (0x20000, 0x3FFFF, 28),
        (0x13A0, 0x13FF, 29), (0xAB70, 0xABBF, 29), (0x3105, 0x312F, 30), (0xA000, 0xA4CF, 31),
    ];

    /// <summary>Of each character of the basic plane: its <see cref="CharacterClass"/>, lower-cased, in the two lowest bits, its script above.</summary>
    private static readonly byte[] Basic = MakeTable();

    /// <summary>The <see cref="CharacterClass"/> of the lower-cased character and, of letters, the script; <see cref="None"/> of others.</summary>
    public static (byte Class, byte Script) Of(Rune rune)
    {
        if (!rune.IsBmp)
            return (CharacterClass.Of(Rune.ToLowerInvariant(rune)), Find(rune));
        var entry = Basic[rune.Value];
        return ((byte)(entry & ((1 << Shift) - 1)), (byte)(entry >> Shift));
    }

    private static byte Find(Rune rune)
    {
        if (!Rune.IsLetter(rune))
            return None;
        foreach (var (first, last, script) in Blocks)
            if (rune.Value >= first && rune.Value <= last)
                return script;
        return Rune.GetUnicodeCategory(rune) == UnicodeCategory.ModifierLetter ? None : Other;
    }

    private static byte[] MakeTable()
    {
        var table = new byte[0x10000];
        for (var value = 0; value < table.Length; value++)
            if (Rune.TryCreate(value, out var rune))
                table[value] = (byte)(CharacterClass.Of(Rune.ToLowerInvariant(rune)) | (Find(rune) << Shift));
        return table;
    }
}
