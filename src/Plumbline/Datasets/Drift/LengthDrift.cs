using System.Buffers;

namespace Plumbline.Datasets.Drift;

/// <summary>Cuts texts at the end of a word, or repeats their own sentences.</summary>
internal static class LengthDrift
{
    // Longer than this no text is made.
    private const int MostBytes = 1 << 20;

    private const int LongestWord = 32;

    /// <param name="factor">Wanted length as a multiple of the text's.</param>
    public static void Write(ReadOnlySpan<byte> text, double factor, ulong key, IBufferWriter<byte> output)
    {
        var wanted = (int)Math.Min(Math.Max(MostBytes, text.Length), Math.Round(text.Length * factor));
        if (wanted <= text.Length)
        {
            output.Write(Cut(text, wanted));
            return;
        }
        output.Write(text);
        var sentences = Sentences(text);
        for (var missing = wanted - text.Length; missing > 1; key = (key * 0x9E3779B97F4A7C15UL) + 1)
        {
            output.Write(" "u8);
            missing--;
            var sentence = text[sentences[(int)((key >> 32) % (ulong)sentences.Count)]];
            var piece = sentence.Length <= missing ? sentence : Cut(sentence, missing);
            output.Write(piece);
            if (piece.Length < sentence.Length || piece.IsEmpty)
                return;
            missing -= piece.Length;
        }
    }

    /// <summary>About <paramref name="length"/> bytes, up to the nearest end of a word; within a word where none ends nearby, as in Chinese.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int length)
    {
        var end = Math.Max(1, length);
        while (end < text.Length && (text[end] & 0xC0) == 0x80)
            end++;
        if (end >= text.Length)
            return text;
        var before = text[..end].LastIndexOfAny(" \n\r\t"u8);
        var after = text[end..Math.Min(text.Length, end + LongestWord)].IndexOfAny(" \n\r\t"u8);
        if (after < 0 && end + LongestWord >= text.Length)
            after = text.Length - end;
        if (after >= 0 && (before <= 0 || after <= end - before))
            return Kept(text[..(end + after)], text);
        return Kept(before > 0 ? text[..before] : text[..end], text);
    }

    /// <summary>Never less than the first word: a text that became blank would be dropped.</summary>
    private static ReadOnlySpan<byte> Kept(ReadOnlySpan<byte> cut, ReadOnlySpan<byte> text)
    {
        var trimmed = cut.TrimEnd(" \n\r\t"u8);
        if (!FieldCleaning.IsBlank(trimmed))
            return trimmed;
        var start = text.IndexOfAnyExcept(" \n\r\t"u8);
        if (start < 0)
            return text;
        var length = text[start..].IndexOfAny(" \n\r\t"u8);
        return length < 0 ? text : text[..(start + length)];
    }

    /// <summary>Ends at a full stop and its like, or a line break; the whole text if there is none.</summary>
    private static List<Range> Sentences(ReadOnlySpan<byte> text)
    {
        var sentences = new List<Range>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ((byte)'.' or (byte)'!' or (byte)'?' or (byte)'\n') || (i + 1 < text.Length && text[i] != '\n' && text[i + 1] is not ((byte)' ' or (byte)'\n' or (byte)'\r')))
                continue;
            Add(text, start, i + 1, sentences);
            start = i + 1;
        }
        Add(text, start, text.Length, sentences);
        return sentences;
    }

    private static void Add(ReadOnlySpan<byte> text, int start, int end, List<Range> sentences)
    {
        while (start < end && text[start] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            start++;
        while (end > start && text[end - 1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            end--;
        if (start < end)
            sentences.Add(start..end);
    }
}
