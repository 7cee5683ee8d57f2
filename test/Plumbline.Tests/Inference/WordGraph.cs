using Google.Protobuf;
using Plumbline.Bundles.Onnx;
using Plumbline.Bundles.Onnx.Proto;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Tests.Inference;

/// <summary>A graph as other programs make them: a table says how good a word is, and nothing of "broken".</summary>
internal static class WordGraph
{
    /// <param name="saysLabel">Whether it has an output of the label, too.</param>
    public static OnnxGraph Of(bool isColumn, bool saysLabel, string rows = "N")
    {
        var graph = new OnnxGraph("words");
        var text = graph.Input("text", DataType.String, isColumn ? [rows, "1"] : [rows]);
        var good = graph.Add(OnnxGraph.LabelEncoder, [text], OnnxAttribute.Of("keys_strings", ["fine", "awful", "broken"]), OnnxAttribute.Of("values_floats", [0.75f, 0.125f, float.NaN]), Default(0.5f));
        if (!isColumn)
            good = graph.Add("Unsqueeze", [good, graph.Constant([1L])]);
        var both = graph.Add("Concat", [graph.Add("Sub", [graph.Constant([1f]), good]), good], OnnxAttribute.Of("axis", 1));
        if (saysLabel)
            graph.Output("label", graph.Add("Gather", [graph.Constant(["bad", "good"]), graph.Add("ArgMax", [both], OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0))]), DataType.String, ["N"]);
        graph.Output("probabilities", both, DataType.Float, ["N", "2"]);
        return graph;
    }

    public static void Write(string file, OnnxGraph graph, string? labels = """["bad","good"]""")
    {
        var model = new ModelProto { IrVersion = 9, Graph = graph.Proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 20 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = OnnxGraph.MachineLearning, Version = 3 });
        if (labels is not null)
            model.MetadataProps.Add(new StringStringEntryProto { Key = "plumbline.labels", Value = labels });
        File.WriteAllBytes(file, model.ToByteArray());
    }

    private static AttributeProto Default(float value) => new() { Name = "default_float", Type = AttributeProto.Types.AttributeType.Float, F = value };
}
