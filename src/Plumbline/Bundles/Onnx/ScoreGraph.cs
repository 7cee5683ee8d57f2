using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Bundles.Onnx;

/// <summary>From features to the scores of a model, [texts, labels]: step 8 of docs/specs/bundle.md.</summary>
internal static class ScoreGraph
{
    /// <summary>The kinds of model that have a graph.</summary>
    public static readonly IReadOnlyList<string> Kinds = [LinearScorer.Kind, TreeScorer.Kind, PerceptronScorer.Kind, EnsembleScorer.Kind, StackingScorer.Kind];

    /// <param name="memory">Arrays of the model, whose kind is one of <see cref="Kinds"/>, and so are those of its members.</param>
    public static string Add(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, int labels, IModelMemory memory) => shape.Kind switch
    {
        LinearScorer.Kind => Widened(graph, Linear(graph, features, shape, contract, memory), shape.Outputs, labels),
        TreeScorer.Kind => Widened(graph, TreeGraph.Add(graph, features, shape, contract, memory), shape.Outputs, labels),
        PerceptronScorer.Kind => PerceptronGraph.Add(graph, features, shape, contract, memory),
        StackingScorer.Kind => Stacking(graph, features, shape, contract, labels, memory),
        _ => Ensemble(graph, features, shape, contract, labels, memory),
    };

    private static unsafe string Linear(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, IModelMemory memory)
    {
        var outputs = shape.Outputs;
        var table = Scorers.Table(shape, contract, memory);
        var weights = new float[contract.NgramFeatures * outputs];
        for (var ngram = 0; ngram < contract.NgramFeatures; ngram++)
            new ReadOnlySpan<float>(table.Row(ngram), outputs).CopyTo(weights.AsSpan(ngram * outputs));
        var sums = features.Ngrams.WeightedRows(features.Ngrams.TermWeights, weights, outputs, alternating: outputs > 1 && shape.Stride == LinearScorer.TwoSumStride);
        var scores = graph.Add("Add", [graph.Add("Mul", [sums, features.Ngrams.InverseNorm]), graph.Constant(memory.Array<float>(ModelSections.Intercept).Span)]);
        if (features.Others is null)
            return scores;
        var numeric = memory.Array<float>(ModelSections.Numeric).Span;
        var categorical = contract.Categories == 0 ? [] : memory.Array<float>(ModelSections.Categorical).Span;
        var products = graph.Add(
            "Mul", [graph.Add("Unsqueeze", [features.Others, graph.Constant([2L])]), graph.Constant([.. numeric, .. categorical], features.OtherColumns, outputs)]);
        var terms = graph.Add("Concat", [graph.Add("Unsqueeze", [scores, graph.Constant([1L])]), products], OnnxAttribute.Of("axis", 1));
        return graph.Add("Squeeze", [graph.SumInOrder(terms, 1), graph.Constant([1L])]);
    }

    /// <summary>A single score is the second label's; the first scores 0.</summary>
    private static string Widened(OnnxGraph graph, string scores, int outputs, int labels) =>
        outputs == labels ? scores : graph.Add("MatMul", [scores, graph.Constant([0f, 1f], 1, labels)]);

    private static string Ensemble(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, int labels, IModelMemory memory)
    {
        var sum = "";
        for (var i = 0; i < shape.Members!.Count; i++)
        {
            var vote = graph.Add("Mul", [Member(graph, features, shape, contract, labels, memory, i), graph.Scalar(shape.Members[i].Weight)]);
            sum = i == 0 ? vote : graph.Add("Add", [sum, vote]);
        }
        return Log(graph, sum);
    }

    private static string Stacking(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, int labels, IModelMemory memory)
    {
        var weights = memory.Array<float>(ModelSections.StackingWeights).Span;
        var sum = graph.Constant(memory.Array<float>(ModelSections.StackingBiases).Span);
        for (var i = 0; i < shape.Members!.Count; i++)
        {
            var logs = Log(graph, Member(graph, features, shape, contract, labels, memory, i));
            sum = graph.Add("Add", [sum, graph.Add("Mul", [logs, graph.Constant(weights.Slice(i * labels, labels))])]);
        }
        return sum;
    }

    /// <summary>Calibrated probabilities of a member.</summary>
    private static string Member(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, int labels, IModelMemory memory, int index)
    {
        var member = shape.Members![index];
        return ProbabilityGraph.Add(graph, Add(graph, features, member.Model, contract, labels, new PrefixedMemory(memory, EnsembleScorer.Prefix(index))), member.Calibration);
    }

    private static string Log(OnnxGraph graph, string probabilities) => graph.Add("Log", [graph.Add("Max", [probabilities, graph.Scalar(EnsembleScorer.Least)])]);
}
