using Plumbline.Features;
using Plumbline.Text;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Bundles.Onnx;

/// <summary>
/// From tokens to the distinct n-gram features of each text, their term weights and their norm: steps 4 and 5 of docs/specs/bundle.md. Tensors have a row a text and a column an
/// n-gram met, so that memory does not grow with the vocabulary.
/// </summary>
internal sealed class NgramGraph
{
    /// <summary>In no token, so that a name which holds it is never met.</summary>
    private const string NoToken = "\n";

    private readonly OnnxGraph _graph;
    private readonly TextGraph _text;
    private readonly NgramOptions _ngrams;
    private readonly long _unknown;

    /// <param name="names">Text of each n-gram feature.</param>
    /// <param name="table">Scales and polarities.</param>
    public NgramGraph(OnnxGraph graph, TextGraph text, FeatureOptions options, string[] names, FeatureTable table)
    {
        (_graph, _text, _ngrams, _unknown) = (graph, text, options.Ngrams, names.Length);
        (Ids, var counts) = Distinct(Found(names));
        var isKnown = graph.Add("Less", [Ids, graph.Scalar(_unknown)]);
        var weights = options.SublinearTf ? graph.Add("Add", [graph.Add("Log", [counts]), graph.Scalar(1f)]) : counts;
        TermWeights = graph.Add("Where", [isKnown, weights, graph.Scalar(0f)]);
        var values = graph.Add("Mul", [TermWeights, Lane(names.Length, table, table.Stride - 2)]);
        var squares = graph.Sum(graph.Add("Mul", [values, values]), 1);
        InverseNorm = graph.Add(
            "Where", [graph.Add("Greater", [squares, graph.Scalar(0f)]), graph.Add("Reciprocal", [graph.Add("Sqrt", [squares])]), graph.Scalar(0f)]);
        NormalValues = graph.Add("Mul", [values, InverseNorm]);
        Table = (names.Length, table);
    }

    /// <summary>[texts, n-grams] int64: index of each distinct feature; the number of features where a column is not used.</summary>
    public string Ids { get; }

    /// <summary>[texts, n-grams] float; 0 where a column is not used.</summary>
    public string TermWeights { get; }

    /// <summary>[texts, 1] float: 1 / length of the values; 0 without any.</summary>
    public string InverseNorm { get; }

    /// <summary>[texts, n-grams] float: term weight × scale ÷ norm.</summary>
    public string NormalValues { get; }

    private (int Ngrams, FeatureTable Rows) Table { get; }

    /// <summary>[texts, 1] float: Σ term weight × polarity ÷ (the neutral term weight + Σ term weight).</summary>
    public string Sentiment()
    {
        var polarity = _graph.Sum(_graph.Add("Mul", [TermWeights, Lane(Table.Ngrams, Table.Rows, Table.Rows.Stride - 1)]), 1);
        return _graph.Add("Div", [polarity, _graph.Add("Add", [_graph.Sum(TermWeights, 1), _graph.Scalar(Vectorizer.NeutralTermWeight)])]);
    }

    /// <summary>[texts, columns]: Σ weight of the n-gram × its row of a table.</summary>
    /// <param name="weights">[texts, n-grams].</param>
    /// <param name="rows">N-grams × columns.</param>
    /// <param name="row">The row of each n-gram; null is its index.</param>
    public string WeightedRows(string weights, ReadOnlySpan<float> rows, int columns, Func<int, long>? row = null)
    {
        // One row of zeros more, for columns that are not used.
        var ids = row is null ? Ids : _graph.Add("Gather", [_graph.Constant([.. Enumerable.Range(0, (int)_unknown).Select(row), rows.Length / columns]), Ids]);
        var table = _graph.Constant([.. rows, .. new float[columns]], (rows.Length / columns) + 1, columns);
        var sums = _graph.Add("MatMul", [_graph.Add("Unsqueeze", [weights, _graph.Constant([1L])]), _graph.Add("Gather", [table, ids])]);
        return _graph.Add("Squeeze", [sums, _graph.Constant([1L])]);
    }

    /// <summary>[texts, columns]: the weight of each n-gram in a column of its own, 0 elsewhere.</summary>
    /// <param name="weights">[texts, n-grams].</param>
    /// <param name="places">Column of each n-gram; <paramref name="columns"/> where it has none.</param>
    public string Scattered(string weights, long[] places, int columns)
    {
        // One column more, for n-grams without one.
        var place = _graph.Add("Gather", [_graph.Constant([.. places, columns]), Ids]);
        var zeros = _graph.Add("Expand", [_text.Column(0f), _graph.Constant([1L, columns + 1])]);
        return _graph.Slice(_graph.Add("ScatterElements", [zeros, place, weights], OnnxAttribute.Of("axis", 1)), 0, columns, 1);
    }

    private unsafe string Lane(int ngrams, FeatureTable table, int lane)
    {
        var values = new float[ngrams + 1];
        for (var ngram = 0; ngram < ngrams; ngram++)
            values[ngram] = table.Row(ngram)[lane];
        return _graph.Add("Gather", [_graph.Constant(values), Ids]);
    }

    /// <summary>Feature of each n-gram of each text, [texts, n-grams].</summary>
    private string Found(string[] names)
    {
        var found = new List<string>();
        if (_ngrams.HasWords)
            found.AddRange(FindWords(names));
        if (_ngrams.HasCharacters)
            found.Add(FindCharacters(names));
        return _graph.Add("Concat", found.ToArray(), OnnxAttribute.Of("axis", 1));
    }

    private IEnumerable<string> FindWords(string[] names)
    {
        var byLength = Enumerable.Range(0, names.Length).Where(feature => !names[feature].StartsWith(NgramHasher.CharacterMark))
            .ToLookup(feature => names[feature].AsSpan().Count(' ') + 1);
        var ngrams = _text.Tokens;
        for (var n = 1; n <= _ngrams.WordMax; n++)
        {
            if (n > 1)
            {
                // n-grams of n − 1 words but the last, each with the word that follows.
                var next = _graph.Slice(_text.Tokens, n - 1, long.MaxValue, 1);
                ngrams = _graph.Add("StringConcat", [_graph.Add("StringConcat", [_graph.Slice(ngrams, 0, -1, 1), _graph.Constant([" "])]), next]);
            }
            if (n >= _ngrams.WordMin)
                yield return Find(ngrams, byLength[n], feature => names[feature]);
        }
    }

    private string FindCharacters(string[] names)
    {
        var byLength = Enumerable.Range(0, names.Length).Where(feature => names[feature].StartsWith(NgramHasher.CharacterMark))
            .ToLookup(feature => names[feature].EnumerateRunes().Count() - 1);
        var spaced = _graph.Add("StringConcat", [_graph.Add("StringConcat", [_graph.Constant([" "]), _text.Tokens]), _graph.Constant([" "])]);
        var padded = _graph.Add("Where", [_graph.Add("Equal", [_text.Tokens, _graph.Constant([""])]), _text.Tokens, spaced]);
        var characters = _text.Split(padded, NoToken);
        // As many columns more as the longest n-gram has characters, so that no dimension is 0.
        var shape = _graph.Add("Concat", [_graph.Add("Shape", [_text.Tokens]), _graph.Constant([(long)_ngrams.CharacterMax])], OnnxAttribute.Of("axis", 0));
        characters = _graph.Add("Concat", [characters, _graph.Add("Expand", [_graph.Constant([NoToken]), shape])], OnnxAttribute.Of("axis", 2));
        var (ngrams, found) = (characters, new List<string>());
        for (var n = 1; n <= _ngrams.CharacterMax; n++)
        {
            if (n > 1)
                ngrams = _graph.Add("StringConcat", [_graph.Slice(ngrams, 0, -1, 2), _graph.Slice(characters, n - 1, long.MaxValue, 2)]);
            if (n >= _ngrams.CharacterMin)
                found.Add(Find(ngrams, byLength[n], feature => names[feature][1..]));
        }
        return _graph.Add("Reshape", [_graph.Add("Concat", found.ToArray(), OnnxAttribute.Of("axis", 2)), _graph.Constant([0L, -1L])]);
    }

    private string Find(string ngrams, IEnumerable<int> features, Func<int, string> key) => _graph.Add(
        OnnxGraph.LabelEncoder, [ngrams], OnnxAttribute.Of("keys_strings", features.Select(key).Append(NoToken)),
        OnnxAttribute.Of("values_int64s", features.Select(feature => (long)feature).Append(_unknown)), OnnxAttribute.Of("default_int64", _unknown));

    /// <summary>Distinct features of each row, and how often each occurs: sorted, equals stand together; the number of a run is the column of its feature.</summary>
    private (string Ids, string Counts) Distinct(string found)
    {
        var shape = _graph.Add("Shape", [found]);
        var sorted = _graph.Add("TopK", 2, [found, _graph.Slice(shape, 1, 2, 0)], OnnxAttribute.Of("axis", 1))[0];
        var before = _graph.Add("Concat", [_text.Column(-1L), _graph.Slice(sorted, 0, -1, 1)], OnnxAttribute.Of("axis", 1));
        var isFirst = _graph.Add("Cast", [_graph.Add("Not", [_graph.Add("Equal", [sorted, before])])], OnnxAttribute.Of("to", (long)DataType.Int64));
        var run = _graph.Add("Sub", [_graph.Add("CumSum", [isFirst, _graph.Scalar(1L)]), _graph.Scalar(1L)]);
        var ids = _graph.Add("ScatterElements", [Filled(shape, _graph.Constant([_unknown])), run, sorted], OnnxAttribute.Of("axis", 1));
        var counts = _graph.Add(
            "ScatterElements", [Filled(shape, _graph.Constant([0f])), run, Filled(shape, _graph.Constant([1f]))], OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("reduction", "add"));
        return (ids, counts);
    }

    private string Filled(string shape, string value) => _graph.Add("Expand", [value, shape]);
}
