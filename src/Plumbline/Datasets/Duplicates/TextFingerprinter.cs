using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>What duplicates of a text are found by: its normalised identity and the MinHash of its shingles; docs/specs/duplicates.md. Not thread-safe.</summary>
internal sealed class TextFingerprinter
{
    /// <summary>From so many words on shingles are three words, below five characters.</summary>
    private const int ManyWords = 32;

    private const int ShingleCharacters = 5;

    /// <summary>A text with fewer shingles says too little to be compared by them.</summary>
    private const int FewestShingles = 8;

    private static readonly Tokenizer Tokenizer = new(new TokenOptions());

    private readonly TokenBuffer _tokens = new();
    private readonly MinHash _minHash = new();
    private byte[] _line = new byte[512];
    private int[] _characters = new int[512];

    /// <summary>The same for texts that are equal but for case, white space and punctuation, and for no others.</summary>
    /// <param name="digest">Of the text.</param>
    public UInt128 Identify(ReadOnlySpan<byte> text, in TextDigest digest)
    {
        Tokenizer.Tokenize(text, _tokens);
        FoldFinalSigma();
        KeepWords();
        if (_tokens.Count == 0)
            return digest.Key;
        ulong low = 0, high = 0;
        foreach (var token in _tokens.Hashes.AsSpan(0, _tokens.Count))
        {
            low = TextHash.Append(low, token);
            high = TextHash.Append(token, high);
        }
        return new UInt128(high, low);
    }

    /// <summary>Signature and keys of the text that was identified last; left as they are where it is too short to have any.</summary>
    /// <param name="bandRows">Bins a key.</param>
    public void Sign(int bandRows, ref Signature signature, Span<uint> keys)
    {
        _minHash.Clear();
        if (_tokens.Count >= ManyWords)
            ShingleWords();
        else if (!ShingleCharactersOfLine())
            return;
        _minHash.Densify();
        signature = _minHash.Sign();
        _minHash.Band(bandRows, keys);
    }

    /// <summary>Lower case leaves ς and σ apart, which are one letter in upper case.</summary>
    private void FoldFinalSigma()
    {
        var lower = _tokens.Lower.AsSpan(0, _tokens.Length);
        if (lower.IndexOf("ς"u8) < 0)
            return;
        for (var at = lower.IndexOf("ς"u8); at >= 0; at = lower.IndexOf("ς"u8))
        {
            "σ"u8.CopyTo(lower[at..]);
            lower = lower[(at + 2)..];
        }
        for (var token = 0; token < _tokens.Count; token++)
            _tokens.Hashes[token] = TextHash.Bytes(ref _tokens.Lower[_tokens.Starts[token]], _tokens.Ends[token] - _tokens.Starts[token]);
    }

    /// <summary>The tokeniser keeps ! ? ( ) as tokens; here they are punctuation.</summary>
    private void KeepWords()
    {
        var (lower, starts, ends, hashes) = (_tokens.Lower, _tokens.Starts, _tokens.Ends, _tokens.Hashes);
        var kept = 0;
        for (var token = 0; token < _tokens.Count; token++)
        {
            var (start, end) = (starts[token], ends[token]);
            if (end - start == 1 && CharacterClass.OfAscii(lower[start]) == CharacterClass.Single)
                continue;
            (starts[kept], ends[kept], hashes[kept]) = (start, end, hashes[token]);
            kept++;
        }
        _tokens.Count = kept;
    }

    private void ShingleWords()
    {
        var words = _tokens.Hashes.AsSpan(0, _tokens.Count);
        for (var last = 2; last < words.Length; last++)
            _minHash.Add(TextHash.Append(TextHash.Append(words[last - 2], words[last - 1]), words[last]));
    }

    /// <summary>Shingles of the words on one line, with one space before, between and after them.</summary>
    private bool ShingleCharactersOfLine()
    {
        var length = WriteLine();
        var characters = 0;
        for (var at = 0; at < length; at++)
            if ((_line[at] & 0xC0) != 0x80)
                _characters[characters++] = at;
        _characters[characters] = length;
        var shingles = characters - ShingleCharacters + 1;
        for (var first = 0; first < shingles && shingles >= FewestShingles; first++)
        {
            var start = _characters[first];
            _minHash.Add(TextHash.Character(TextHash.Bytes(ref _line[start], _characters[first + ShingleCharacters] - start)));
        }
        return shingles >= FewestShingles;
    }

    private int WriteLine()
    {
        var needed = _tokens.Length + _tokens.Count + 2 + sizeof(ulong);
        if (_line.Length < needed)
        {
            _line = new byte[2 * needed];
            _characters = new int[2 * needed];
        }
        var to = 0;
        for (var token = 0; token < _tokens.Count; token++)
        {
            _line[to++] = (byte)' ';
            var word = _tokens.Token(token);
            word.CopyTo(_line.AsSpan(to));
            to += word.Length;
        }
        _line[to++] = (byte)' ';
        return to;
    }
}
