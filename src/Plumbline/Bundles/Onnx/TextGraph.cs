using System.Text;
using Plumbline.Text;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Bundles.Onnx;

/// <summary>
/// From texts to their characters, their lower case and their tokens: steps 1 and 2 of docs/specs/bundle.md. Lower case is a table of characters in the graph, because the
/// operator that knows lower case (StringNormalizer) asks a locale of the machine, which knows other characters on each.
/// </summary>
internal sealed class TextGraph
{
    private const string Tokenizer = OnnxGraph.Microsoft + ".Tokenizer";

    private readonly OnnxGraph _graph;
    private readonly string _columnShape;
    private readonly string _empty;

    /// <param name="texts">Strings of any shape.</param>
    public TextGraph(OnnxGraph graph, string texts)
    {
        _graph = graph;
        var flat = graph.Add("Reshape", [texts, graph.Constant([-1L])]);
        _columnShape = graph.Add("Concat", [graph.Add("Shape", [flat]), graph.Constant([1L])], OnnxAttribute.Of("axis", 0));
        _empty = Column([""]);
        // A column more, so that no dimension is 0 where all texts are empty.
        Characters = Widened(Split(flat, ""));
        Lower = Joined(LowerCased(Characters));
        Tokens = Widened(Matches(Lower, TokenExpression.Re2));
    }

    /// <summary>[texts, characters of the longest + 1] strings of one Unicode scalar each; empty after a text's end.</summary>
    public string Characters { get; }

    /// <summary>[texts] strings.</summary>
    public string Lower { get; }

    /// <summary>[texts, most tokens + 1] strings; empty after a text's last.</summary>
    public string Tokens { get; }

    /// <summary>[texts, 1] of one value.</summary>
    public string Column(IReadOnlyList<string> value) => _graph.Add("Expand", [_graph.Constant(value), _columnShape]);

    /// <inheritdoc cref="Column(IReadOnlyList{string})"/>
    public string Column(float value) => _graph.Add("Expand", [_graph.Constant([value]), _columnShape]);

    /// <inheritdoc cref="Column(IReadOnlyList{string})"/>
    public string Column(long value) => _graph.Add("Expand", [_graph.Constant([value]), _columnShape]);

    /// <summary>The characters of each string, along one dimension more, then <paramref name="padding"/>.</summary>
    public string Split(string strings, string padding) => _graph.Add(
        Tokenizer, [strings], OnnxAttribute.Of("mark", 0), OnnxAttribute.Of("mincharnum", 1), OnnxAttribute.Of("pad_value", padding), OnnxAttribute.Of("separators", [""]));

    /// <summary>The matches of an RE2 expression in each string, along one dimension more, then empty strings.</summary>
    public string Matches(string strings, string expression) => _graph.Add(
        Tokenizer, [strings], OnnxAttribute.Of("mark", 0), OnnxAttribute.Of("mincharnum", 1), OnnxAttribute.Of("pad_value", ""), OnnxAttribute.Of("tokenexp", expression));

    private string Widened(string columns) => _graph.Add("Concat", [columns, _empty], OnnxAttribute.Of("axis", 1));

    private string LowerCased(string characters)
    {
        var capitals = Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(value => new Rune(value)).Where(rune => Rune.ToLowerInvariant(rune) != rune).ToArray();
        var lower = _graph.Add(
            OnnxGraph.LabelEncoder, [characters], OnnxAttribute.Of("keys_strings", capitals.Select(rune => rune.ToString())),
            OnnxAttribute.Of("values_strings", capitals.Select(rune => Rune.ToLowerInvariant(rune).ToString())), OnnxAttribute.Of("default_string", ""));
        return _graph.Add("Where", [_graph.Add("Equal", [lower, _graph.Constant([""])]), characters, lower]);
    }

    /// <summary>The strings of each row as one: neighbours are joined until one column is left, each string copied log₂(columns) times.</summary>
    private string Joined(string columns)
    {
        var body = new OnnxGraph("join");
        body.Input("join.step", DataType.Int64, []);
        body.Input("join.go", DataType.Bool, []);
        body.Input("join.columns", DataType.String, null);
        var widened = body.Add("Concat", ["join.columns", _empty], OnnxAttribute.Of("axis", 1));
        var half = body.Add("Div", [body.Slice(body.Add("Shape", [widened]), 1, 2, 0), body.Constant([2L])]);
        var end = body.Add("Mul", [half, body.Constant([2L])]);
        var (axis, step) = (body.Constant([1L]), body.Constant([2L]));
        var pairs = body.Add(
            "StringConcat",
            [body.Add("Slice", [widened, body.Constant([0L]), end, axis, step]), body.Add("Slice", [widened, body.Constant([1L]), end, axis, step])]);
        body.Output("join.more", body.Add("Squeeze", [body.Add("Greater", [half, body.Constant([1L])])]), DataType.Bool, []);
        body.Output("join.pairs", pairs, DataType.String, null);
        var isSeveral = _graph.Add("Greater", [_graph.Add("Gather", [_graph.Add("Shape", [columns]), _graph.Scalar(1L)]), _graph.Scalar(1L)]);
        var joined = _graph.Add("Loop", ["", isSeveral, columns], OnnxAttribute.Of("body", body.Proto));
        return _graph.Add("Reshape", [joined, _graph.Constant([-1L])]);
    }
}
