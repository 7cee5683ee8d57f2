namespace Plumbline.Datasets.Generation;

/// <summary>
/// Pronounceable words that do not exist, one for every rank, short ones first. A word is syllables of consonants and
/// vowels with an ending of consonants, so different digits never spell the same word.
/// </summary>
internal static class InventedWords
{
    public const int MaxLength = 24;

    private static readonly byte[][] Onsets = Split("b|k|d|f|g|j|l|m|n|p|r|s|t|v|z|br|dr|gr|kr|tr|sh|th|st|h");
    private static readonly byte[][] Vowels = Split("a|e|i|o|u|ae|ia|ou");
    private static readonly byte[][] Endings = Split("|n|r|l|s|x|rd|nd|m|th|k");

    /// <summary>Writes the word of <paramref name="rank"/> (from 0 to 2^40) in lower case and returns its length, at most <see cref="MaxLength"/>.</summary>
    public static int Write(Span<byte> target, long rank)
    {
        var syllables = 2;
        var size = (ulong)Endings.Length;
        var syllable = (ulong)(Onsets.Length * Vowels.Length);
        size *= syllable * syllable;
        var code = (ulong)rank;
        while (code >= size)
        {
            code -= size;
            size *= syllable;
            syllables++;
        }
        // Neighbouring ranks should not rhyme: a prime that divides no size is a bijection modulo each of them.
        code = code * 1_000_003 % size;

        var length = 0;
        for (var i = 0; i < syllables; i++)
        {
            length = Append(target, length, Onsets, ref code);
            length = Append(target, length, Vowels, ref code);
        }
        return Append(target, length, Endings, ref code);
    }

    private static int Append(Span<byte> target, int length, byte[][] parts, ref ulong code)
    {
        var count = (ulong)parts.Length;
        var part = parts[(int)(code % count)];
        code /= count;
        part.CopyTo(target[length..]);
        return length + part.Length;
    }

    private static byte[][] Split(string parts) => [.. parts.Split('|').Select(System.Text.Encoding.UTF8.GetBytes)];
}
