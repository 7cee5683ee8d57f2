using System.Text;
using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Text;

namespace Plumbline.Learning.Explanations;

/// <summary>A record with its features, the words that each n-gram is made of, and its scores without any of them. Not thread-safe.</summary>
internal sealed unsafe class ExplainedRecord
{
    private readonly Classifier _classifier;
    private readonly FeatureBuffer _buffer = new();
    private readonly FeatureBuffer _less = new();
    private readonly (int First, int Count)[] _tokensOf;
    private readonly int[] _positionOf;
    private readonly TextPlace[] _places;
    private readonly float[] _scores;
    private readonly int[] _categories;
    private readonly byte[] _text;

    public ExplainedRecord(Classifier classifier, ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, ReadOnlySpan<int> categories)
    {
        _classifier = classifier;
        _scores = new float[classifier.Classes];
        (_text, _categories) = (text.ToArray(), categories.ToArray());
        _buffer.Ngrams.Tokens.Origins = [];
        classifier.Vectorizer.Vectorize(text, inputs, classifier.Table, _buffer, categories);
        _places = TokenPlaces.Of(text, _buffer.Ngrams.Tokens);
        _tokensOf = classifier.Vectorizer.Hasher.Tokens(_buffer.Ngrams);
        var positions = new Dictionary<int, int>(_buffer.Count);
        for (var i = 0; i < _buffer.Count; i++)
            positions.Add(_buffer.Indices[i], i);
        _positionOf = [.. _buffer.Ngrams.Hashes.Take(_buffer.Ngrams.Count).Select(hash => positions.GetValueOrDefault(classifier.Vectorizer.FeatureOf(hash), -1))];
        Words = [.. Units()];
        _classifier.Scorer.Score(_buffer, _scores);
        Scores = [.. _scores];
    }

    /// <summary>Runs of tokens, first and end, each made of one word of the text.</summary>
    public IReadOnlyList<(int First, int End)> Words { get; }

    /// <summary>One a class, before calibration.</summary>
    public IReadOnlyList<float> Scores { get; }

    public FeatureBuffer Buffer => _buffer;

    /// <summary>What some tokens were, as it stands in the text.</summary>
    public Contribution Contribution(int firstToken, int endToken, double logOdds)
    {
        var (first, last) = (_places[firstToken], _places[endToken - 1]);
        var place = new TextPlace(first.Start, last.End, first.Utf8Start, last.Utf8End);
        return new Contribution(Encoding.UTF8.GetString(_text.AsSpan(place.Utf8Start..place.Utf8End)), logOdds, place);
    }

    /// <summary>Term weight × polarity of an n-gram of the buffer: its part in the sentiment.</summary>
    public double Opinion(int ngram) => _buffer.TermWeights[ngram] * (double)_classifier.Table.Row(_buffer.Indices[ngram])[_classifier.Table.Stride - 1];

    /// <summary>Shares what each n-gram feature adds equally among its places in the text, and there among its tokens.</summary>
    /// <param name="ofFeature">By place in the buffer.</param>
    /// <returns>One a token.</returns>
    public double[] Share(ReadOnlySpan<double> ofFeature)
    {
        var shares = new double[_places.Length];
        for (var ngram = 0; ngram < _positionOf.Length; ngram++)
        {
            if (_positionOf[ngram] is not (>= 0 and var position))
                continue;
            var (first, count) = _tokensOf[ngram];
            foreach (ref var share in shares.AsSpan(first, count))
                share += ofFeature[position] / _buffer.Counts[position] / count;
        }
        return shares;
    }

    /// <summary>Scores without the n-grams that any of some tokens is part of, the sentiment taken anew; other features stay as they are.</summary>
    public ReadOnlySpan<float> Without(int firstToken, int endToken)
    {
        _less.Ensure(_buffer.Count, _classifier.NumericCount);
        var counts = _buffer.Counts.AsSpan(0, _buffer.Count).ToArray();
        for (var ngram = 0; ngram < _positionOf.Length; ngram++)
        {
            var (first, count) = _tokensOf[ngram];
            if (_positionOf[ngram] >= 0 && first < endToken && first + count > firstToken)
                counts[_positionOf[ngram]]--;
        }
        _less.Count = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                (_less.Indices[_less.Count], _less.Counts[_less.Count++]) = (_buffer.Indices[i], counts[i]);
        }
        var sentiment = _classifier.Vectorizer.Weigh(_classifier.Table, _less);
        CopyOthers(_buffer, _less);
        if (_classifier.Vectorizer.SentimentIndex is >= 0 and var index)
            _less.Numeric[index] = sentiment;
        _classifier.Scorer.Score(_less, _scores);
        return _scores;
    }

    /// <summary>Scores with a numeric feature, or a categorical column after these, as if it were missing.</summary>
    public ReadOnlySpan<float> Without(int feature) => With(feature, null);

    /// <summary>The same with the value that another record has.</summary>
    public ReadOnlySpan<float> With(int feature, ExplainedRecord? other)
    {
        _less.Ensure(_buffer.Count, _classifier.NumericCount);
        CopyOthers(_buffer, _less);
        var column = feature - _classifier.NumericCount;
        if (column < 0)
            _less.Numeric[feature] = other?._buffer.Numeric[feature] ?? float.NaN;
        else if (other is null)
            _less.CategoryValues[column] = 0;
        else
            (_less.CategoryFeatures[column], _less.CategoryValues[column]) = (other._buffer.CategoryFeatures[column], other._buffer.CategoryValues[column]);
        _buffer.Indices.AsSpan(0, _buffer.Count).CopyTo(_less.Indices);
        _buffer.TermWeights.AsSpan(0, _buffer.Count).CopyTo(_less.TermWeights);
        (_less.Count, _less.InverseNorm) = (_buffer.Count, _buffer.InverseNorm);
        _classifier.Scorer.Score(_less, _scores);
        return _scores;
    }

    /// <summary>Name of a numeric feature, or of a categorical column with its category.</summary>
    public string NameOf(int feature)
    {
        var contract = _classifier.Contract;
        if (feature < contract.Numeric.Count)
            return contract.Numeric[feature].Name;
        var column = contract.Categorical[feature - contract.Numeric.Count];
        return _categories.Length > 0 && _categories[feature - contract.Numeric.Count] is >= 0 and var category ? $"{column.Name} = {column.Categories[category]}" : column.Name;
    }

    private void CopyOthers(FeatureBuffer from, FeatureBuffer to)
    {
        from.Numeric.AsSpan(0, _classifier.NumericCount).CopyTo(to.Numeric);
        to.EnsureCategories(from.CategoryColumns, from.CategoryCount);
        from.CategoryFeatures.AsSpan(0, from.CategoryColumns).CopyTo(to.CategoryFeatures);
        from.CategoryValues.AsSpan(0, from.CategoryColumns).CopyTo(to.CategoryValues);
    }

    /// <summary>A word that was rewritten to several tokens, as "don't" to "do not", is one.</summary>
    private IEnumerable<(int First, int End)> Units()
    {
        for (var first = 0; first < _places.Length;)
        {
            var end = first + 1;
            while (end < _places.Length && _places[end] == _places[first])
                end++;
            yield return (first, end);
            first = end;
        }
    }
}
