using Plumbline.Features;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Bundles.Onnx;

/// <summary>From the inputs of a graph to the features of the contract: steps 1 to 7 of docs/specs/bundle.md.</summary>
internal sealed class FeatureGraph
{
    public const string Text = "text";
    public const string Inputs = "inputs";
    public const string Categories = "categories";

    /// <summary>First to last character that is no white space of ASCII.</summary>
    private const string Trimmed = @"[^ \t\r\n](?:[\x00-\x{10FFFF}]*[^ \t\r\n])?";

    /// <param name="names">Text of each n-gram feature.</param>
    /// <param name="table">Scales and polarities.</param>
    public FeatureGraph(OnnxGraph graph, FeatureContract contract, string[] names, FeatureTable table)
    {
        var text = new TextGraph(graph, graph.Input(Text, DataType.String, null, "texts, [N] or [N, 1]"));
        Ngrams = new NgramGraph(graph, text, contract.Options, names, table);
        var columns = contract.Options.Numeric.BesideText;
        var inputs = columns == 0 ? null : graph.Input(Inputs, DataType.Float, ["N", $"{columns}"], "numeric inputs, then aggregates, NaN where missing");
        var others = new List<string>();
        if (contract.Numeric.Count > 0)
            others.Add(new NumericGraph(graph, text).Scaled(contract, Ngrams, inputs));
        if (contract.Categorical.Count > 0)
            others.Add(Encode(graph, text, contract));
        Others = others.Count == 0 ? null : graph.Add("Concat", others.ToArray(), OnnxAttribute.Of("axis", 1));
        OtherColumns = contract.Numeric.Count + contract.Categories;
    }

    public NgramGraph Ngrams { get; }

    /// <summary>[texts, numeric features and categories] float, as they enter the model; null where there are none.</summary>
    public string? Others { get; }

    public int OtherColumns { get; }

    private static string Encode(OnnxGraph graph, TextGraph text, FeatureContract contract)
    {
        var names = graph.Input(Categories, DataType.String, ["N", $"{contract.Categorical.Count}"], "categorical inputs, empty where missing");
        var columns = new List<string>();
        for (var column = 0; column < contract.Categorical.Count; column++)
        {
            var categories = contract.Categorical[column].Categories;
            var trimmed = text.Matches(graph.Slice(names, column, column + 1, 1), Trimmed);
            // A column more, so that there is one where all are blank.
            var name = graph.Slice(graph.Add("Concat", [graph.Add("Squeeze", [trimmed, graph.Constant([1L])]), text.Column([""])], OnnxAttribute.Of("axis", 1)), 0, 1, 1);
            var number = graph.Add(
                OnnxGraph.LabelEncoder, [name], OnnxAttribute.Of("keys_strings", categories),
                OnnxAttribute.Of("values_int64s", Enumerable.Range(0, categories.Count).Select(category => (long)category)), OnnxAttribute.Of("default_int64", -1));
            var isCategory = graph.Add("Equal", [number, graph.Constant([.. Enumerable.Range(0, categories.Count).Select(category => (long)category)])]);
            columns.Add(graph.Add("Cast", [isCategory], OnnxAttribute.Of("to", (long)DataType.Float)));
        }
        var all = graph.Add("Concat", columns.ToArray(), OnnxAttribute.Of("axis", 1));
        return graph.Add("Mul", [all, graph.Scalar((float)contract.Options.Categorical.Weight)]);
    }
}
