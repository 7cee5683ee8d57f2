using System.Text;

namespace Plumbline.Datasets.Expectations;

/// <summary>
/// Finds UTF-8 that was read as Windows-1252 and written as UTF-8 again: é as Ã©, ’ as â€™, an emoji as ðŸ˜€. Only the lead bytes that such text
/// has most are looked for (Ã, Â, â, ð), since others stand before punctuation in good text, too.
/// </summary>
internal static class Mojibake
{
    public static bool IsIn(ReadOnlySpan<byte> utf8)
    {
        // Each of the lead characters is C3 and one of four bytes in UTF-8.
        for (int at; (at = utf8.IndexOf((byte)0xC3)) >= 0; utf8 = utf8[(at + 1)..])
        {
            var tail = utf8[(at + 1)..];
            var length = tail.IsEmpty ? 0 : tail[0] switch
            {
                0x82 or 0x83 => 1,
                0xA2 => 2,
                0xB0 => 3,
                _ => 0,
            };
            if (length > 0 && Continues(tail[1..], length))
                return true;
        }
        return false;
    }

    /// <summary>Whether <paramref name="count"/> characters follow that are what Windows-1252 makes of bytes that continue a character.</summary>
    private static bool Continues(ReadOnlySpan<byte> utf8, int count)
    {
        for (; count > 0; count--)
        {
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var length) != System.Buffers.OperationStatus.Done || !IsContinuation(rune.Value))
                return false;
            utf8 = utf8[length..];
        }
        return true;
    }

    private static bool IsContinuation(int rune) => rune is (>= 0x80 and <= 0xBF)
        or 0x20AC or 0x201A or 0x0192 or 0x201E or 0x2026 or 0x2020 or 0x2021 or 0x02C6 or 0x2030 or 0x0160 or 0x2039 or 0x0152 or 0x017D
        or 0x2018 or 0x2019 or 0x201C or 0x201D or 0x2022 or 0x2013 or 0x2014 or 0x02DC or 0x2122 or 0x0161 or 0x203A or 0x0153 or 0x017E or 0x0178;
}
