using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Bundles.Onnx;

/// <summary>From features to the scores of a model, [texts, labels]: step 8 of docs/specs/bundle.md.</summary>
internal static class ScoreGraph
{
    /// <summary>The kinds of model that have a graph.</summary>
    public static readonly IReadOnlyList<string> Kinds = [LinearScorer.Kind, TreeScorer.Kind, PerceptronScorer.Kind, EnsembleScorer.Kind];

    /// <param name="memory">Arrays of the model, whose kind is one of <see cref="Kinds"/>, and so are those of its members.</param>
    public static string Add(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, int labels, IModelMemory memory) => shape.Kind switch
    {
        LinearScorer.Kind => Widened(graph, Linear(graph, features, shape, contract, memory), shape.Outputs, labels),
        TreeScorer.Kind => Widened(graph, TreeGraph.Add(graph, features, shape, contract, memory), shape.Outputs, labels),
        PerceptronScorer.Kind => PerceptronGraph.Add(graph, features, shape, contract, memory),
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
            var member = shape.Members[i];
            var scores = Add(graph, features, member.Model, contract, labels, new PrefixedMemory(memory, EnsembleScorer.Prefix(i)));
            var vote = graph.Add("Mul", [ProbabilityGraph.Add(graph, scores, member.Calibration), graph.Scalar(member.Weight)]);
            sum = i == 0 ? vote : graph.Add("Add", [sum, vote]);
        }
        return graph.Add("Log", [graph.Add("Max", [sum, graph.Scalar(EnsembleScorer.Least)])]);
    }
}
