using System.Buffers;
using System.Text;
using Plumbline.Datasets.Generation;
using Plumbline.Text;

namespace Plumbline.Datasets.Drift;

/// <summary>Replaces words by invented ones: the same word by the same at all times, and the more words the stronger the drift.</summary>
internal static class VocabularyDrift
{
    private const int FewestLetters = 3;
    private const int LongestWord = 64;

    // Two and three syllables: short enough for a language, many enough that hardly two words share one.
    private const ulong Ranks = 1UL << 26;

    /// <param name="share">Of all words, each counted once, that give way.</param>
    public static void Write(ReadOnlySpan<byte> text, double share, ulong seed, IBufferWriter<byte> output)
    {
        // What hashes a word reads up to 8 bytes past its end.
        Span<byte> lower = stackalloc byte[LongestWord + 8];
        Span<byte> invented = stackalloc byte[InventedWords.MaxLength];
        for (var at = 0; at < text.Length;)
        {
            var word = Word(text[at..], lower, out var lowerLength, out var letters, out var capitals);
            if (word == 0)
            {
                Rune.DecodeFromUtf8(text[at..], out _, out var other);
                output.Write(text.Slice(at, other));
                at += other;
                continue;
            }
            var key = DriftKeys.Of(DriftInjectionKind.Vocabulary, seed, TextHash.Bytes(ref lower[0], lowerLength));
            if (letters >= FewestLetters && lowerLength > 0 && DriftKeys.Uniform(key) < share)
            {
                var length = InventedWords.Write(invented, (long)(key % Ranks));
                Capitalise(invented[..length], capitals);
                output.Write(invented[..length]);
            }
            else
            {
                output.Write(text.Slice(at, word));
            }
            at += word;
        }
    }

    /// <summary>The bytes of the letters at the start of <paramref name="text"/>; <paramref name="lowerLength"/> is 0 for a word that is too long.</summary>
    /// <param name="capitals">0 none, 1 the first, 2 all.</param>
    private static int Word(ReadOnlySpan<byte> text, Span<byte> lower, out int lowerLength, out int letters, out int capitals)
    {
        var (at, upper, first) = (0, 0, false);
        lowerLength = letters = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out var rune, out var bytes) == OperationStatus.Done && Rune.IsLetter(rune))
        {
            var isUpper = Rune.IsUpper(rune);
            first |= letters == 0 && isUpper;
            upper += isUpper ? 1 : 0;
            letters++;
            at += bytes;
            if (at <= LongestWord && Rune.ToLowerInvariant(rune).TryEncodeToUtf8(lower[lowerLength..LongestWord], out var written))
                lowerLength += written;
            else
                lowerLength = 0;
        }
        if (at > LongestWord)
            lowerLength = 0;
        lower[lowerLength..].Clear();
        capitals = upper == letters ? 2 : first ? 1 : 0;
        return at;
    }

    private static void Capitalise(Span<byte> word, int capitals)
    {
        for (var i = 0; i < word.Length && i < (capitals == 2 ? word.Length : capitals); i++)
            word[i] = (byte)char.ToUpperInvariant((char)word[i]);
    }
}
