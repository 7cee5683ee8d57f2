using System.Text;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

/// <summary>The text functions as one would write them without a thought of speed.</summary>
internal static class NaiveText
{
    public static List<string> Tokens(ReadOnlySpan<byte> text)
    {
        var tokens = new List<string>();
        var word = "";
        foreach (var rune in Encoding.UTF8.GetString(text).EnumerateRunes().Select(Rune.ToLowerInvariant))
        {
            var characterClass = CharacterClass.Of(rune);
            if (characterClass == CharacterClass.Word)
            {
                word += rune;
                continue;
            }
            if (word.Length > 0)
                tokens.Add(word);
            word = "";
            if (characterClass == CharacterClass.Single)
                tokens.Add(rune.ToString());
        }
        if (word.Length > 0)
            tokens.Add(word);
        return tokens;
    }

    /// <summary>Names of all n-grams in the order of their hashes.</summary>
    public static List<string> Ngrams(IReadOnlyList<string> tokens, NgramOptions options)
    {
        var names = new List<string>();
        for (var n = options.WordMin; n <= options.WordMax && options.WordMax > 0; n++)
        {
            for (var first = 0; first + n <= tokens.Count; first++)
                names.Add(string.Join(' ', tokens.Skip(first).Take(n)));
        }
        if (options.CharacterMax == 0)
            return names;
        foreach (var token in tokens)
        {
            var runes = $" {token} ".EnumerateRunes().ToArray();
            for (var first = 0; first < runes.Length; first++)
            {
                for (var n = options.CharacterMin; n <= options.CharacterMax && first + n <= runes.Length; n++)
                    names.Add("#" + string.Concat(runes.Skip(first).Take(n)));
            }
        }
        return names;
    }

    public static List<string> Tokens(this Tokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        var buffer = new TokenBuffer();
        tokenizer.Tokenize(text, buffer);
        return buffer.Names();
    }

    public static List<string> Names(this TokenBuffer buffer) =>
        [.. Enumerable.Range(0, buffer.Count).Select(token => Encoding.UTF8.GetString(buffer.Token(token)))];
}
