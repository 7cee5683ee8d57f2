using System.Text;

namespace Plumbline.Datasets.Profiling;

/// <summary>Finds HTML tags and entities in text, and passes over <c>I &lt;3 it</c> and <c>R&amp;D</c>.</summary>
internal static class MarkupSigns
{
    private const int LongestTag = 300;
    private const int LongestEntity = 10;

    public static bool AreIn(ReadOnlySpan<byte> text)
    {
        for (var rest = text; rest.IndexOfAny((byte)'<', (byte)'&') is >= 0 and var at; rest = rest[(at + 1)..])
            if (rest[at] == '<' ? IsTag(rest[(at + 1)..]) : IsEntity(rest[(at + 1)..]))
                return true;
        return false;
    }

    /// <summary>A name, then nothing, attributes or the stroke that closes it.</summary>
    private static bool IsTag(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, LongestTag)];
        if (text.StartsWith("!--"u8))
            return true;
        var end = text.IndexOfAny((byte)'>', (byte)'<');
        if (end < 1 || text[end] != '>')
            return false;
        var tag = text[..end].Trim((byte)'/').Trim((byte)' ');
        if (tag.IsEmpty || !char.IsAsciiLetter((char)tag[0]))
            return false;
        var space = tag.IndexOf((byte)' ');
        return (space < 0 ? tag : tag[..space]).IndexOfAnyExcept(Alphanumeric) < 0 && (space < 0 || tag.Contains((byte)'='));
    }

    private static bool IsEntity(ReadOnlySpan<byte> text)
    {
        var end = text[..Math.Min(text.Length, LongestEntity)].IndexOf((byte)';');
        if (end < 2)
            return false;
        var name = text[..end];
        return name[0] == '#' ? name[1..].IndexOfAnyExcept(Alphanumeric) < 0 : char.IsAsciiLetter((char)name[0]) && name.IndexOfAnyExcept(Alphanumeric) < 0;
    }

    private static readonly System.Buffers.SearchValues<byte> Alphanumeric = System.Buffers.SearchValues.Create(Encoding.ASCII.GetBytes("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"));
}
