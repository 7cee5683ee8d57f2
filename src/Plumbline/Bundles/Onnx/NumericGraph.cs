using System.Text;
using Plumbline.Features;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Bundles.Onnx;

/// <summary>The numeric features as they enter the model: step 6 of docs/specs/bundle.md. What is white space or a capital is a table of characters in the graph.</summary>
internal sealed class NumericGraph(OnnxGraph graph, TextGraph text)
{
    private enum CharacterKind : long
    {
        Other,
        WhiteSpace,
        Capital,
        Exclamation,
        Question,
        Padding,
    }

    /// <summary>[texts, numeric features] float, standardised, clipped and weighted.</summary>
    /// <param name="inputs">[texts, inputs and aggregates] float; null where the contract has none.</param>
    public string Scaled(FeatureContract contract, NgramGraph ngrams, string? inputs)
    {
        var options = contract.Options.Numeric;
        List<string> columns = options.FromText ? [.. Statistics(), .. options.Keywords.Select(Occurrences)] : [];
        if (contract.HasSentiment)
            columns.Add(ngrams.Sentiment());
        if (inputs is not null)
            columns.Add(inputs);
        var raw = graph.Add("Concat", columns.ToArray(), OnnxAttribute.Of("axis", 1));
        float[] means = [.. contract.Numeric.Select(feature => (float)feature.Mean)];
        float[] inverses = [.. contract.Numeric.Select(feature => feature.StandardDeviation > 0 ? (float)(1 / feature.StandardDeviation) : 0)];
        var standardised = graph.Add("Mul", [graph.Add("Sub", [raw, graph.Constant(means)]), graph.Constant(inverses)]);
        var known = graph.Add("Where", [graph.Add("IsNaN", [standardised]), graph.Scalar(0f), standardised]);
        var clip = (float)options.Clip;
        return graph.Add("Mul", [graph.Add("Clip", [known, graph.Scalar(-clip), graph.Scalar(clip)]), graph.Scalar((float)options.Weight)]);
    }

    /// <summary>A column each of <see cref="TextStatistics.Names"/>.</summary>
    private IEnumerable<string> Statistics()
    {
        var kinds = Kinds();
        var isText = Is(kinds, CharacterKind.Padding, negated: true);
        var characters = graph.Sum(isText, 1);
        var inWord = graph.Add("Sub", [isText, Is(kinds, CharacterKind.WhiteSpace)]);
        var before = graph.Add("Concat", [text.Column(0f), graph.Slice(inWord, 0, -1, 1)], OnnxAttribute.Of("axis", 1));
        var words = graph.Sum(graph.Add("Relu", [graph.Add("Sub", [inWord, before])]), 1);
        var one = graph.Scalar(1f);
        yield return characters;
        yield return words;
        yield return graph.Sum(Is(kinds, CharacterKind.Exclamation), 1);
        yield return graph.Sum(Is(kinds, CharacterKind.Question), 1);
        yield return graph.Add("Div", [graph.Sum(Is(kinds, CharacterKind.Capital), 1), graph.Add("Max", [characters, one])]);
        // Without words it is 0, however much white space there is.
        yield return graph.Add("Mul", [graph.Add("Div", [characters, graph.Add("Max", [words, one])]), graph.Add("Min", [words, one])]);
    }

    private string Kinds()
    {
        var kinds = new List<(string Character, CharacterKind Kind)> { ("", CharacterKind.Padding), ("!", CharacterKind.Exclamation), ("?", CharacterKind.Question) };
        foreach (var rune in Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(value => new Rune(value)))
        {
            if (Rune.IsWhiteSpace(rune))
                kinds.Add((rune.ToString(), CharacterKind.WhiteSpace));
            else if (Rune.IsUpper(rune))
                kinds.Add((rune.ToString(), CharacterKind.Capital));
        }
        return graph.Add(
            OnnxGraph.LabelEncoder, [text.Characters], OnnxAttribute.Of("keys_strings", kinds.Select(kind => kind.Character)),
            OnnxAttribute.Of("values_int64s", kinds.Select(kind => (long)kind.Kind)), OnnxAttribute.Of("default_int64", (long)CharacterKind.Other));
    }

    private string Is(string kinds, CharacterKind kind, bool negated = false)
    {
        var isKind = graph.Add("Equal", [kinds, graph.Scalar((long)kind)]);
        return graph.Add("Cast", [negated ? graph.Add("Not", [isKind]) : isKind], OnnxAttribute.Of("to", (long)DataType.Float));
    }

    /// <summary>How often a keyword occurs in the lower-cased text: one less than the parts that it leaves.</summary>
    private string Occurrences(string keyword)
    {
        var parts = graph.Add("StringSplit", 2, [text.Lower], OnnxAttribute.Of("delimiter", keyword.ToLowerInvariant()))[1];
        var counts = graph.Add("Relu", [graph.Add("Sub", [graph.Add("Cast", [parts], OnnxAttribute.Of("to", (long)DataType.Float)), graph.Scalar(1f)])]);
        return graph.Add("Unsqueeze", [counts, graph.Constant([1L])]);
    }
}
