using Plumbline.Bundles.Onnx.Proto;
using Plumbline.Features;
using Plumbline.Text;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Bundles.Onnx;

/// <summary>
/// From tokens to the distinct n-gram features of each text, their term weights and their norm: steps 4 and 5 of docs/specs/bundle.md. Tensors have a row a text and a column an
/// n-gram met, so that memory does not grow with the vocabulary; columns stand in the bundle's order, that of first occurrence, so that its sums can be taken as it takes them.
/// </summary>
internal sealed class NgramGraph
{
    /// <summary>In no token, so that a name which holds it is never met.</summary>
    private const string NoToken = "\n";

    /// <summary>Counts up to this have their term weight in a table, because logarithms differ in the last digit from machine to machine.</summary>
    private const int TabulatedCounts = 4096;

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
        TermWeights = options.SublinearTf ? SublinearWeights(counts) : counts;
        var values = graph.Add("Mul", [TermWeights, Lane(names.Length, table, table.Stride - 2)]);
        var squares = graph.SumInOrder(graph.Add("Mul", [values, values]), 1);
        InverseNorm = graph.Add(
            "Where", [graph.Add("Greater", [squares, graph.Scalar(0f)]), graph.Add("Div", [graph.Scalar(1f), graph.Add("Sqrt", [squares])]), graph.Scalar(0f)]);
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
        var polarity = _graph.SumInOrder(_graph.Add("Mul", [TermWeights, Lane(Table.Ngrams, Table.Rows, Table.Rows.Stride - 1)]), 1);
        return _graph.Add("Div", [polarity, _graph.Add("Add", [_graph.SumInOrder(TermWeights, 1), _graph.Scalar(Vectorizer.NeutralTermWeight)])]);
    }

    /// <summary>[texts, columns]: Σ weight of the n-gram × its row of a table.</summary>
    /// <param name="weights">[texts, n-grams].</param>
    /// <param name="rows">N-grams × columns.</param>
    /// <param name="row">The row of each n-gram; null is its index.</param>
    /// <param name="alternating">Whether every other n-gram goes into a second sum, and these two are added.</param>
    public string WeightedRows(string weights, ReadOnlySpan<float> rows, int columns, Func<int, long>? row = null, bool alternating = false)
    {
        // One row of zeros more, for columns that are not used.
        var ids = row is null ? Ids : _graph.Add("Gather", [_graph.Constant([.. Enumerable.Range(0, (int)_unknown).Select(row), rows.Length / columns]), Ids]);
        var table = _graph.Constant([.. rows, .. new float[columns]], (rows.Length / columns) + 1, columns);
        var products = _graph.Add("Mul", [_graph.Add("Gather", [table, ids]), _graph.Add("Unsqueeze", [weights, _graph.Constant([2L])])]);
        var sums = alternating
            ? _graph.Add("Add", [_graph.SumInOrder(EveryOther(products, 0), 1), _graph.SumInOrder(EveryOther(products, 1), 1)])
            : _graph.SumInOrder(products, 1);
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

    private string EveryOther(string products, long first) => _graph.Add(
        "Slice", [products, _graph.Constant([first]), _graph.Constant([long.MaxValue]), _graph.Constant([1L]), _graph.Constant([2L])]);

    private string SublinearWeights(string counts)
    {
        var weights = _graph.Constant([0f, .. Enumerable.Range(1, TabulatedCounts).Select(count => 1 + MathF.Log(count))]);
        var place = _graph.Add("Cast", [_graph.Add("Min", [counts, _graph.Scalar((float)TabulatedCounts)])], OnnxAttribute.Of("to", (long)DataType.Int64));
        var computed = _graph.Add("Add", [_graph.Add("Log", [counts]), _graph.Scalar(1f)]);
        return _graph.Add("Where", [_graph.Add("Greater", [counts, _graph.Scalar((float)TabulatedCounts)]), computed, _graph.Add("Gather", [weights, place])]);
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
            if (n < _ngrams.CharacterMin)
                continue;
            // By where they begin, then by their length: as many of each length.
            var begun = n == _ngrams.CharacterMax ? ngrams : _graph.Slice(ngrams, 0, n - _ngrams.CharacterMax, 2);
            found.Add(_graph.Add("Unsqueeze", [Find(begun, byLength[n], feature => names[feature][1..]), _graph.Constant([3L])]));
        }
        return _graph.Add("Reshape", [_graph.Add("Concat", found.ToArray(), OnnxAttribute.Of("axis", 3)), _graph.Constant([0L, -1L])]);
    }

    private string Find(string ngrams, IEnumerable<int> features, Func<int, string> key) => _graph.Add(
        OnnxGraph.LabelEncoder, [ngrams], OnnxAttribute.Of("keys_strings", features.Select(key).Append(NoToken)),
        OnnxAttribute.Of("values_int64s", features.Select(feature => (long)feature).Append(_unknown)), OnnxAttribute.Of("default_int64", _unknown));

    /// <summary>Distinct features of each row in order of first occurrence, and how often each occurs.</summary>
    private (string Ids, string Counts) Distinct(string found)
    {
        var shape = _graph.Add("Shape", [found]);
        // Sorted, equals stand together, and of them the first to occur stands first.
        var sorted = _graph.Add("TopK", 2, [found, _graph.Slice(shape, 1, 2, 0)], OnnxAttribute.Of("axis", 1));
        var before = _graph.Add("Concat", [_text.Column(-1L), _graph.Slice(sorted[0], 0, -1, 1)], OnnxAttribute.Of("axis", 1));
        var isFirst = _graph.Add("Not", [_graph.Add("Equal", [sorted[0], before])]);
        var run = Numbered(isFirst);
        var zeros = Filled(shape, _graph.Constant([0f]));
        var lengths = Scattered(zeros, run, Filled(shape, _graph.Constant([1f])), OnnxAttribute.Of("reduction", "add"));
        var isFeature = _graph.Add("And", [isFirst, _graph.Add("Less", [sorted[0], _graph.Scalar(_unknown)])]);
        var count = _graph.Add("Where", [isFeature, _graph.Add("GatherElements", [lengths, run], OnnxAttribute.Of("axis", 1)), _graph.Scalar(0f)]);
        return Compact(found, shape, Scattered(zeros, sorted[1], count));
    }

    /// <summary>Moves what has a count to the left, and leaves out columns that no row needs.</summary>
    private (string Ids, string Counts) Compact(string found, string shape, string counts)
    {
        var isUsed = _graph.Add("Greater", [counts, _graph.Scalar(0f)]);
        // Two columns more than are used: where the rest goes, and so that every other column is at least one.
        var wide = _graph.Add("Add", [shape, _graph.Constant([0L, 2L])]);
        var place = _graph.Add("Where", [isUsed, Numbered(isUsed), _graph.Add("Sub", [_graph.Slice(wide, 1, 2, 0), _graph.Scalar(1L)])]);
        var ids = Scattered(Filled(wide, _graph.Constant([_unknown])), place, _graph.Add("Where", [isUsed, found, _graph.Scalar(_unknown)]));
        var moved = Scattered(Filled(wide, _graph.Constant([0f])), place, counts);
        var used = _graph.Add("ReduceMax", [_graph.Sum(Number(isUsed), 1)], OnnxAttribute.Of("keepdims", 0));
        var end = _graph.Add("Reshape", [_graph.Add("Add", [used, _graph.Scalar(2L)]), _graph.Constant([1L])]);
        return (Cut(ids, end), Cut(moved, end));
    }

    /// <summary>How many are true up to each, less one.</summary>
    private string Numbered(string isTrue) => _graph.Add("Sub", [_graph.Add("CumSum", [Number(isTrue), _graph.Scalar(1L)]), _graph.Scalar(1L)]);

    private string Number(string isTrue) => _graph.Add("Cast", [isTrue], OnnxAttribute.Of("to", (long)DataType.Int64));

    private string Scattered(string onto, string places, string values, params ReadOnlySpan<AttributeProto> reduction) =>
        _graph.Add("ScatterElements", [onto, places, values], [OnnxAttribute.Of("axis", 1), .. reduction]);

    private string Cut(string columns, string end) => _graph.Add("Slice", [columns, _graph.Constant([0L]), end, _graph.Constant([1L])]);

    private string Filled(string shape, string value) => _graph.Add("Expand", [value, shape]);
}
