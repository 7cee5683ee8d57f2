using System.Text;
using Plumbline.Bundles;
using Plumbline.Bundles.Onnx;
using Plumbline.Bundles.Onnx.Proto;
using Plumbline.Inference;
using Plumbline.Tests.Storage;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Tests.Inference;

/// <summary>Graphs as other programs make them: a table says how good a word is.</summary>
public sealed class OnnxPredictorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Predict_GraphOfAnother_ProbabilitiesInTheOrderOfItsLabels(bool isColumn, bool saysLabel)
    {
        using var predictor = OnnxPredictor.Load(Write(Graph(isColumn, saysLabel), """["bad","good"]"""));
        predictor.Labels.ShouldBe(["bad", "good"]);
        var probabilities = new float[2];
        predictor.Predict("fine"u8, [], probabilities, []).ShouldBe(1);
        probabilities.ShouldBe([0.25f, 0.75f]);
        predictor.Predict("awful"u8, [], probabilities, []).ShouldBe(0);
        predictor.Predict("unknown\0\xFF"u8, [], probabilities, []).ShouldBe(0);
        probabilities.ShouldBe([0.5f, 0.5f]);
        Should.Throw<NotSupportedException>(() => predictor.Explain("fine"u8, [], 3));
        predictor.Digest.Length.ShouldBe(64);
    }

    [Fact]
    public void Predict_ProbabilitiesAsMap_ItsKeysAreTheLabels()
    {
        var graph = Graph(isColumn: true, saysLabel: false);
        var map = graph.Add(OnnxGraph.MachineLearning + ".ZipMap", [graph.Proto.Output.Single().Name], OnnxAttribute.Of("classlabels_strings", ["bad", "good"]));
        graph.Proto.Output.Clear();
        graph.Proto.Output.Add(new ValueInfoProto { Name = map });
        using var predictor = OnnxPredictor.Load(Write(graph, null));
        predictor.Labels.ShouldBe(["bad", "good"]);
        var probabilities = new float[2];
        predictor.Predict("fine"u8, [], probabilities, []).ShouldBe(1);
        probabilities.ShouldBe([0.25f, 0.75f]);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void PredictBatch_SeveralTexts_BitEqualToEachAlone(bool isColumn, bool saysLabel)
    {
        using var predictor = OnnxPredictor.Load(Write(Graph(isColumn, saysLabel), """["bad","good"]"""));
        predictor.MostTexts.ShouldBeGreaterThan(1);
        ShouldAnswerEachAlone(predictor);
    }

    [Fact]
    public void PredictBatch_ProbabilitiesAsMap_BitEqualToEachAlone()
    {
        var graph = Graph(isColumn: true, saysLabel: false);
        var map = graph.Add(OnnxGraph.MachineLearning + ".ZipMap", [graph.Proto.Output.Single().Name], OnnxAttribute.Of("classlabels_strings", ["bad", "good"]));
        graph.Proto.Output.Clear();
        graph.Proto.Output.Add(new ValueInfoProto { Name = map });
        using var predictor = OnnxPredictor.Load(Write(graph, null));
        predictor.MostTexts.ShouldBeGreaterThan(1);
        ShouldAnswerEachAlone(predictor);
    }

    [Fact]
    public void MostTexts_GraphForOneText_One()
    {
        using var predictor = OnnxPredictor.Load(Write(Graph(isColumn: true, saysLabel: true, rows: "1"), """["bad","good"]"""));
        predictor.MostTexts.ShouldBe(1);
        Should.Throw<ArgumentException>(() => predictor.PredictBatch(new ReadOnlyMemory<byte>[2], new float[4], new int[2]));
    }

    [Fact]
    public void MostTexts_AnswersThatDependOnEachOther_One()
    {
        var graph = Graph(isColumn: true, saysLabel: false);
        var mixed = graph.Add("Softmax", [graph.Proto.Output.Single().Name], OnnxAttribute.Of("axis", 0));
        graph.Proto.Output.Clear();
        graph.Output("mixed", mixed, DataType.Float, ["N", "2"]);
        using var predictor = OnnxPredictor.Load(Write(graph, """["bad","good"]"""));
        predictor.MostTexts.ShouldBe(1);
    }

    [Fact]
    public void Load_InputsOtherThanText_RefusedWithWhatItTakes()
    {
        var graph = new OnnxGraph("numbers");
        graph.Output("probabilities", graph.Input("x", DataType.Float, ["N", "2"]), DataType.Float, ["N", "2"]);
        Should.Throw<BundleException>(() => OnnxPredictor.Load(Write(graph, null))).Message.ShouldContain("x: Float[N, 2]");
    }

    [Fact]
    public void Load_LabelsUnknownOrOfAnotherNumber_RefusedWithWhatToDo()
    {
        Should.Throw<BundleException>(() => OnnxPredictor.Load(Write(Graph(true, false), null))).Message.ShouldContain("Set its metadata property plumbline.labels");
        Should.Throw<BundleException>(() => OnnxPredictor.Load(Write(Graph(true, false), """["one"]"""))).Message.ShouldContain("no JSON list of 2 names");
        Should.Throw<BundleException>(() => OnnxPredictor.Load(Write(Graph(true, false), "one"))).Message.ShouldContain("no JSON list of 2 names");
    }

    [Fact]
    public void Load_NoGraph_Refused()
    {
        File.WriteAllText(_folder.File("a.onnx"), "not a graph");
        Should.Throw<BundleException>(() => OnnxPredictor.Load(_folder.File("a.onnx"))).Message.ShouldContain("ONNX Runtime cannot run");
        Should.Throw<BundleException>(() => OnnxPredictor.Load(_folder.File("absent.onnx"))).Message.ShouldContain("cannot be read");
    }

    private static void ShouldAnswerEachAlone(OnnxPredictor predictor)
    {
        ReadOnlyMemory<byte>[] texts = [.. new[] { "fine", "awful", "", "unknown\0\xFF", "fine" }.Select(Encoding.Latin1.GetBytes)];
        var (together, labels, alone) = (new float[2 * texts.Length], new int[texts.Length], new float[2]);
        predictor.PredictBatch(texts, together, labels);
        for (var text = 0; text < texts.Length; text++)
        {
            labels[text].ShouldBe(predictor.Predict(texts[text].Span, [], alone, []));
            together.Skip(2 * text).Take(2).Select(BitConverter.SingleToInt32Bits).ShouldBe(alone.Select(BitConverter.SingleToInt32Bits));
        }
    }

    private static OnnxGraph Graph(bool isColumn, bool saysLabel, string rows = "N") => WordGraph.Of(isColumn, saysLabel, rows);

    private string Write(OnnxGraph graph, string? labels)
    {
        var file = _folder.File($"{Guid.NewGuid():N}.onnx");
        WordGraph.Write(file, graph, labels);
        return file;
    }
}
