using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Plumbline.Text;

/// <summary>
/// The tokeniser's native-only options, as a rewriting of the lower-cased text before it is scanned. Not on the default path.
/// Immutable and thread-safe.
/// </summary>
internal sealed class TokenRewriter(TokenOptions options)
{
    private static readonly FrozenSet<string> Negators = new[]
    {
        "not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "nowhere", "hardly", "scarcely", "barely", "without", "cannot",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly SearchValues<byte> UrlEnds = SearchValues.Create(" \t\r\n<>\""u8);

    [ThreadStatic]
    private static TokenBuffer? t_output;

    public void Rewrite(TokenBuffer buffer)
    {
        var output = t_output ??= new TokenBuffer();
        output.Length = 0;
        var negated = false;
        for (var at = 0; at < buffer.Length;)
        {
            var (from, written) = (at, output.Length);
            // Each step appends at most the step's own bytes, a prefix and a space.
            output.EnsureBytes(output.Length + (buffer.Length - at) + 16);
            if (options.Urls && UrlLength(buffer, at) is > 0 and var url)
            {
                Append(output, "url"u8, CharacterClass.Word);
                at += url;
            }
            else if (buffer.Classes[at] == CharacterClass.Word)
            {
                var end = WordEnd(buffer, at);
                var isNegation = false;
                var contraction = NegativeContraction(buffer, end);
                if (options.Contractions && contraction > 0)
                {
                    // "don't" is scanned as "don", "t": the n goes, and "not" stands for "n't".
                    AppendWord(output, buffer.Lower.AsSpan(at, end - 1 - at), negated);
                    Append(output, " "u8, CharacterClass.None);
                    Append(output, "not"u8, CharacterClass.Word);
                    end += contraction;
                    isNegation = true;
                }
                else
                {
                    var word = buffer.Lower.AsSpan(at, end - at);
                    isNegation = IsNegator(word) || contraction > 0;
                    AppendWord(output, word, negated && !isNegation);
                }
                negated |= options.NegationScope && isNegation;
                at = end;
            }
            else
            {
                negated &= buffer.Lower[at] is not ((byte)'.' or (byte)',' or (byte)';' or (byte)':' or (byte)'!' or (byte)'?' or (byte)'\n');
                output.Lower[output.Length] = buffer.Lower[at];
                output.Classes[output.Length++] = buffer.Classes[at++];
            }
            for (; buffer.Origins is { } origins && written < output.Length; written++)
                origins.Add((from, at));
        }
        output.Classes.AsSpan(output.Length, TokenBuffer.Slack / 2).Clear();
        (buffer.Lower, output.Lower) = (output.Lower, buffer.Lower);
        (buffer.Classes, output.Classes) = (output.Classes, buffer.Classes);
        buffer.Length = output.Length;
    }

    private static int WordEnd(TokenBuffer buffer, int at)
    {
        while (at < buffer.Length && buffer.Classes[at] == CharacterClass.Word)
            at++;
        return at;
    }

    private static int UrlLength(TokenBuffer buffer, int at)
    {
        if (at > 0 && buffer.Classes[at - 1] == CharacterClass.Word)
            return 0;
        var rest = buffer.Lower.AsSpan(at, buffer.Length - at);
        if (!rest.StartsWith("http://"u8) && !rest.StartsWith("https://"u8) && !rest.StartsWith("www."u8))
            return 0;
        var end = rest.IndexOfAny(UrlEnds);
        return end < 0 ? rest.Length : end;
    }

    /// <summary>Bytes of the "'t" (or "’t") after the word that ends at <paramref name="end"/>, where that is the "…n" of an "…n't"; otherwise 0.</summary>
    private static int NegativeContraction(TokenBuffer buffer, int end)
    {
        if (end < 2 || buffer.Lower[end - 1] != (byte)'n' || buffer.Classes[end - 2] != CharacterClass.Word)
            return 0;
        var rest = buffer.Lower.AsSpan(end, buffer.Length - end);
        var length = rest.StartsWith("'t"u8) ? 2 : rest.StartsWith("’t"u8) ? 4 : 0;
        return length > 0 && (rest.Length == length || buffer.Classes[end + length] != CharacterClass.Word) ? length : 0;
    }

    private static bool IsNegator(ReadOnlySpan<byte> word)
    {
        if (word.Length > 8)
            return false;
        Span<char> characters = stackalloc char[8];
        return Encoding.UTF8.TryGetChars(word, characters, out var length)
            && Negators.GetAlternateLookup<ReadOnlySpan<char>>().Contains(characters[..length]);
    }

    private void AppendWord(TokenBuffer output, ReadOnlySpan<byte> word, bool negated)
    {
        if (negated)
            Append(output, "not_"u8, CharacterClass.Word);
        var inDigits = false;
        for (var i = 0; i < word.Length;)
        {
            Rune.DecodeFromUtf8(word[i..], out var rune, out var length);
            var run = 1;
            while (i + (run * length) + length <= word.Length && word.Slice(i + (run * length), length).SequenceEqual(word.Slice(i, length)))
                run++;
            if (options.Numbers && Rune.IsDigit(rune))
            {
                if (!inDigits)
                    Append(output, "0"u8, CharacterClass.Word);
                inDigits = true;
            }
            else
            {
                var kept = options.RepeatedLetters && run > 2 && Rune.IsLetter(rune) ? 2 : run;
                for (var k = 0; k < kept; k++)
                    Append(output, word.Slice(i, length), CharacterClass.Word);
                inDigits = false;
            }
            i += run * length;
        }
    }

    private static void Append(TokenBuffer output, ReadOnlySpan<byte> bytes, byte characterClass)
    {
        bytes.CopyTo(output.Lower.AsSpan(output.Length));
        output.Classes.AsSpan(output.Length, bytes.Length).Fill(characterClass);
        output.Length += bytes.Length;
    }
}
