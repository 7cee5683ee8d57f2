using System.Text;

namespace Plumbline.Text;

/// <summary>Where a token stands in the text as it was given.</summary>
/// <param name="Start">UTF-16 code unit of its first character, as .NET and JavaScript count.</param>
/// <param name="End">UTF-16 code unit after its last.</param>
/// <param name="Utf8Start">Byte of its first character.</param>
/// <param name="Utf8End">Byte after its last.</param>
public sealed record TextPlace(int Start, int End, int Utf8Start, int Utf8End);

/// <summary>Finds tokens again in the text that they were made of. For explanations: not on any hot path.</summary>
internal static class TokenPlaces
{
    /// <param name="text">UTF-8; what <paramref name="tokens"/> was filled from, with <see cref="TokenBuffer.Origins"/> where tokens are rewritten.</param>
    /// <returns>One place a token; several have the same where one word was rewritten to several.</returns>
    public static TextPlace[] Of(ReadOnlySpan<byte> text, TokenBuffer tokens)
    {
        var offsets = Offsets(text);
        var places = new TextPlace[tokens.Count];
        for (var token = 0; token < places.Length; token++)
        {
            var (start, end) = (tokens.Starts[token], tokens.Ends[token]);
            if (tokens.Origins is { Count: > 0 } origins)
                (start, end) = (origins[start].Start, origins[end - 1].End);
            var (first, last) = (offsets[start], offsets[end - 1]);
            places[token] = new TextPlace(first.Utf16, last.Utf16 + last.Utf16Length, first.Utf8, last.Utf8 + last.Utf8Length);
        }
        return places;
    }

    /// <summary>For each byte of the lower-cased text the character of the given text that it comes from.</summary>
    private static List<(int Utf8, int Utf8Length, int Utf16, int Utf16Length)> Offsets(ReadOnlySpan<byte> text)
    {
        var offsets = new List<(int, int, int, int)>(text.Length);
        for (var (at, units) = (0, 0); at < text.Length;)
        {
            // As the tokeniser folds: a malformed sequence is U+FFFD, which is lower case already.
            Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
            for (var i = Rune.ToLowerInvariant(rune).Utf8SequenceLength; i > 0; i--)
                offsets.Add((at, length, units, rune.Utf16SequenceLength));
            at += length;
            units += rune.Utf16SequenceLength;
        }
        return offsets;
    }
}
