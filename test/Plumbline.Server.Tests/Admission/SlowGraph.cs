using Google.Protobuf;
using Plumbline.Bundles.Onnx;
using Plumbline.Bundles.Onnx.Proto;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Server.Tests.Admission;

/// <summary>A graph that says how good a word is, after as many multiplications of matrices as wanted, each of which takes about a millisecond and changes nothing.</summary>
internal static class SlowGraph
{
    private const int Size = 256;

    /// <param name="perCall">Multiplications of each call, whatever its texts.</param>
    /// <param name="perText">Multiplications of each text.</param>
    /// <param name="takes">Texts at once; null: as many as are wanted.</param>
    /// <param name="good">How good the word "fine" is; NaN: the graph fails on it.</param>
    /// <param name="other">Likewise any word that it does not know.</param>
    public static void Write(string file, int perCall, int perText, int? takes = null, float good = 0.75f, float other = 0.5f)
    {
        var graph = new OnnxGraph("slow");
        var rows = takes is { } most ? FormattableString.Invariant($"{most}") : "N";
        var text = graph.Input("text", DataType.String, [rows, "1"]);
        var value = graph.Add(OnnxGraph.LabelEncoder, [text], OnnxAttribute.Of("keys_strings", ["fine", "awful"]), OnnxAttribute.Of("values_floats", [good, 0.125f]), Unknown(other));
        var matrix = graph.Constant(Enumerable.Repeat(1f / Size, Size * Size).ToArray(), Size, Size);
        var first = graph.Slice(value, 0, 1, 0);
        value = graph.Add("Add", [value, Nothing(graph, Multiply(graph, graph.Add("Add", [first, matrix]), matrix, perCall), [0, 1])]);
        var all = graph.Add("Add", [graph.Add("Unsqueeze", [value, graph.Constant([2L])]), matrix]);
        value = graph.Add("Add", [value, graph.Add("Unsqueeze", [Nothing(graph, Multiply(graph, all, matrix, perText), [1, 2]), graph.Constant([1L])])]);
        graph.Output("probabilities", graph.Add("Concat", [graph.Add("Sub", [graph.Constant([1f]), value]), value], OnnxAttribute.Of("axis", 1)), DataType.Float, [rows, "2"]);
        var model = new ModelProto { IrVersion = 9, Graph = graph.Proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 20 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = OnnxGraph.MachineLearning, Version = 3 });
        model.MetadataProps.Add(new StringStringEntryProto { Key = "plumbline.labels", Value = """["bad","good"]""" });
        File.WriteAllBytes(file, model.ToByteArray());
    }

    private static string Multiply(OnnxGraph graph, string value, string matrix, int times)
    {
        for (var i = 0; i < times; i++)
            value = graph.Add("MatMul", [value, matrix]);
        return value;
    }

    /// <summary>0 for whatever was computed.</summary>
    private static string Nothing(OnnxGraph graph, string value, ReadOnlySpan<long> axes) =>
        graph.Add("Mul", [graph.Add("ReduceMean", [value, graph.Constant(axes)], OnnxAttribute.Of("keepdims", 0)), graph.Constant([0f])]);

    private static AttributeProto Unknown(float value) => new() { Name = "default_float", Type = AttributeProto.Types.AttributeType.Float, F = value };
}
