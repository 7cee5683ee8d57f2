using System.Runtime.CompilerServices;
using System.Text;

namespace Plumbline.Text;

/// <summary>
/// Text to n-gram hashes: words 1–3, and characters inside words as in scikit-learn's <c>char_wb</c>. Immutable and thread-safe.
/// </summary>
internal sealed class NgramHasher(TokenOptions tokens, NgramOptions ngrams)
{
    /// <summary>First character of a character n-gram's name; no token holds it.</summary>
    public const char CharacterMark = '#';

    private readonly Tokenizer _tokenizer = new(tokens);

    public void Hash(ReadOnlySpan<byte> text, NgramBuffer buffer)
    {
        _tokenizer.Tokenize(text, buffer.Tokens);
        buffer.Count = 0;
        if (ngrams.HasWords)
            HashWords(buffer);
        if (ngrams.HasCharacters)
            HashCharacters(buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HashWords(NgramBuffer buffer)
    {
        var count = buffer.Tokens.Count;
        buffer.Ensure(3 * count);
        var unigrams = buffer.Tokens.Hashes.AsSpan(0, count);
        var output = buffer.Hashes.AsSpan();
        var to = 0;
        if (ngrams.WordMin <= 1)
        {
            unigrams.CopyTo(output);
            to = count;
        }
        if (ngrams is { WordMin: <= 2, WordMax: >= 2 })
        {
            for (var i = 1; i < unigrams.Length; i++)
                output[to++] = TextHash.Append(unigrams[i - 1], unigrams[i]);
        }
        if (ngrams.WordMax >= 3)
        {
            for (var i = 2; i < unigrams.Length; i++)
                output[to++] = TextHash.Append(TextHash.Append(unigrams[i - 2], unigrams[i - 1]), unigrams[i]);
        }
        buffer.Count = to;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HashCharacters(NgramBuffer buffer)
    {
        var tokens = buffer.Tokens;
        for (var token = 0; token < tokens.Count; token++)
        {
            var bytes = tokens.Token(token);
            buffer.EnsurePadded(bytes.Length + 2 + sizeof(ulong));
            var padded = buffer.Padded.AsSpan();
            var offsets = buffer.Offsets.AsSpan();
            var characters = Pad(bytes, padded, offsets);
            buffer.Ensure(buffer.Count + (characters * (ngrams.CharacterMax - ngrams.CharacterMin + 1)));
            for (var start = 0; start < characters; start++)
            {
                for (var n = ngrams.CharacterMin; n <= ngrams.CharacterMax && start + n <= characters; n++)
                {
                    var hash = TextHash.Bytes(ref padded[offsets[start]], offsets[start + n] - offsets[start]);
                    buffer.Hashes[buffer.Count++] = TextHash.Character(hash);
                }
            }
        }
    }

    /// <summary>Writes " token " and the byte offset of each of its characters and of its end; returns the number of characters.</summary>
    private static int Pad(ReadOnlySpan<byte> token, Span<byte> padded, Span<int> offsets)
    {
        padded[0] = (byte)' ';
        token.CopyTo(padded[1..]);
        padded[token.Length + 1] = (byte)' ';
        var count = 0;
        for (var i = 0; i < token.Length + 2; i++)
        {
            if ((padded[i] & 0xC0) != 0x80)
                offsets[count++] = i;
        }
        offsets[count] = token.Length + 2;
        return count;
    }

    /// <summary>For each of <c>Hashes</c> its first token and how many it spans; a character n-gram lies in one.</summary>
    public (int First, int Count)[] Tokens(NgramBuffer buffer)
    {
        var tokens = buffer.Tokens;
        var places = new List<(int First, int Count)>(buffer.Count);
        for (var n = ngrams.WordMin; ngrams.HasWords && n <= ngrams.WordMax; n++)
        {
            for (var first = 0; first + n <= tokens.Count; first++)
                places.Add((first, n));
        }
        for (var token = 0; ngrams.HasCharacters && token < tokens.Count; token++)
        {
            // Every token stands between two spaces.
            var characters = Encoding.UTF8.GetString(tokens.Token(token)).EnumerateRunes().Count() + 2;
            for (var n = ngrams.CharacterMin; n <= Math.Min(ngrams.CharacterMax, characters); n++)
                places.AddRange(Enumerable.Repeat((token, 1), characters - n + 1));
        }
        return [.. places];
    }

    /// <summary>The n-gram behind <c>Hashes[index]</c> as text: words joined by a space, or <see cref="CharacterMark"/> and characters.</summary>
    public string Name(NgramBuffer buffer, int index)
    {
        var tokens = buffer.Tokens;
        for (var n = ngrams.WordMin; ngrams.HasWords && n <= ngrams.WordMax; n++)
        {
            var count = Math.Max(0, tokens.Count - n + 1);
            if (index < count)
                return string.Join(' ', Enumerable.Range(index, n).Select(token => Encoding.UTF8.GetString(tokens.Token(token))));
            index -= count;
        }
        for (var token = 0; token < tokens.Count; token++)
        {
            var runes = $" {Encoding.UTF8.GetString(tokens.Token(token))} ".EnumerateRunes().ToArray();
            for (var start = 0; start < runes.Length; start++)
            {
                var count = Math.Clamp(runes.Length - start - ngrams.CharacterMin + 1, 0, ngrams.CharacterMax - ngrams.CharacterMin + 1);
                if (index < count)
                    return CharacterMark + string.Concat(runes.AsSpan(start, ngrams.CharacterMin + index).ToArray());
                index -= count;
            }
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }
}
