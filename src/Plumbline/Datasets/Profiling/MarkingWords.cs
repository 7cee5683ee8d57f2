using System.Runtime.InteropServices;
using System.Text;
using Plumbline.Text;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// The words that mark a label most against all others: log-odds ratios with an informative Dirichlet prior, in standard errors (Monroe, Colaresi &amp;
/// Quinn 2008, equations 16 to 22). The prior is the mix of words of all labels. Not thread-safe.
/// </summary>
internal sealed class MarkingWords(int labels)
{
    private const int Shown = 20;

    /// <summary>Size of the prior in words, as in the paper.</summary>
    private const double PriorWords = 500;

    private const int FewestOccurrences = 5;

    /// <summary>Standard errors from which a word counts as marking.</summary>
    private const double Certain = 1.96;

    private readonly Tokenizer _tokenizer = new(new TokenOptions());
    private readonly TokenBuffer _tokens = new();
    private readonly Utf8Index _words = new();
    private readonly List<long> _total = [];
    private readonly Dictionary<(int Label, int Word), long> _counts = [];
    private readonly long[] _size = new long[labels];

    public void Add(ReadOnlySpan<byte> text, int label)
    {
        _tokenizer.Tokenize(text, _tokens);
        for (var token = 0; token < _tokens.Count; token++)
        {
            var bytes = _tokens.Token(token);
            if (bytes.Length == 1 && !char.IsAsciiLetter((char)bytes[0]))
                continue;
            var word = _words.Add(bytes);
            if (word == _total.Count)
                _total.Add(0);
            _total[word]++;
            _size[label]++;
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (label, word), out _)++;
        }
    }

    /// <summary>For each label at most 20 words, the strongest first.</summary>
    public IReadOnlyList<string>[] Strongest()
    {
        var all = _size.Sum();
        var best = Enumerable.Range(0, labels).Select(_ => new List<(double Score, string Word)>()).ToArray();
        foreach (var ((label, word), count) in _counts)
        {
            if (_total[word] < FewestOccurrences)
                continue;
            var prior = PriorWords * _total[word] / all;
            double own = count + prior, others = _total[word] - count + prior;
            var ratio = Math.Log(own / (_size[label] + PriorWords - own)) - Math.Log(others / (all - _size[label] + PriorWords - others));
            var score = ratio / Math.Sqrt((1 / own) + (1 / others));
            if (score > Certain)
                best[label].Add((score, _words.Values[word]));
        }
        return [.. best.Select(words => words.OrderByDescending(word => word.Score).ThenBy(word => word.Word, StringComparer.Ordinal).Take(Shown).Select(word => word.Word).ToArray())];
    }
}
