using System.Text;
using Plumbline.Datasets.Profiling;
using Plumbline.Text;

namespace Plumbline.Monitoring;

/// <summary>Takes the words and the language of texts that are sampled, and names words that several of them had. Not thread-safe.</summary>
/// <param name="isKnown">Whether the model's own words have one of a hash: it needs no other name. Null: none has.</param>
internal sealed class SampledWords(Func<ulong, bool>? isKnown)
{
    /// <summary>Words whose texts are counted; what comes after so many different ones gets no name.</summary>
    private const int MostCounted = 16_384;

    private readonly Tokenizer _tokenizer = new(new TokenOptions());
    private readonly TextLanguage _language = new();
    private readonly TokenBuffer _tokens = new();
    private readonly Dictionary<uint, int> _texts = [];
    private uint[] _words = new uint[256];

    public void Take(ReadOnlySpan<byte> text, SampledRequest request, WordNames names)
    {
        _tokenizer.Tokenize(text, _tokens);
        request.Language = _language.Detect(TextFacts.Of(text).Script, _tokens);
        if (_words.Length < _tokens.Count)
            _words = new uint[2 * _tokens.Count];
        var count = 0;
        for (var token = 0; token < _tokens.Count; token++)
        {
            if (IsWord(_tokens.Token(token)))
                _words[count++] = (uint)_tokens.Hashes[token] & SampledRequest.WordMask;
        }
        request.SetWords(_words.AsSpan(0, count));
        foreach (var word in request.Words)
            Count(word, names);
    }

    /// <summary>Punctuation is no word.</summary>
    private static bool IsWord(ReadOnlySpan<byte> token) => token.Length > 1 || char.IsAsciiLetterOrDigit((char)token[0]);

    private void Count(uint word, WordNames names)
    {
        var texts = _texts.GetValueOrDefault(word);
        if (texts >= WordNames.LeastTexts || (texts == 0 && _texts.Count == MostCounted))
            return;
        _texts[word] = ++texts;
        if (texts < WordNames.LeastTexts)
            return;
        for (var token = 0; token < _tokens.Count; token++)
        {
            if (((uint)_tokens.Hashes[token] & SampledRequest.WordMask) != word || !IsWord(_tokens.Token(token)))
                continue;
            if (isKnown?.Invoke(_tokens.Hashes[token]) != true && _tokens.Token(token).Length <= WordNames.MostBytes)
                names.Add(word, Encoding.UTF8.GetString(_tokens.Token(token)));
            return;
        }
    }
}
