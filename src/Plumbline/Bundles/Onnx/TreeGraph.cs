using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Bundles.Onnx;

/// <summary>The scores of boosted trees and of forests.</summary>
internal static class TreeGraph
{
    /// <returns>[texts, outputs].</returns>
    public static string Add(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, IModelMemory memory)
    {
        var evaluation = new TreeEvaluation(shape, contract.NgramFeatures, memory);
        var model = evaluation.Model;
        var roots = Enumerable.Range(0, model.Trees).ToLookup(tree => model.Root(tree) >= 0);
        var leaves = new float[model.Outputs];
        foreach (var tree in roots[false])
            leaves[tree % model.Outputs] += model.Leaf(~model.Root(tree));
        // Trees of one leaf say the same of every text.
        var sums = graph.Add("Add", [graph.Add("Mul", [features.Ngrams.InverseNorm, graph.Scalar(0f)]), graph.Constant(leaves)]);
        if (roots[true].Any())
            sums = graph.Add("Add", [sums, graph.Add(OnnxGraph.MachineLearning + ".TreeEnsembleRegressor", [Inputs(graph, features, shape.Trees!, memory)], new TreeNodes(model, roots[true]).Attributes())]);
        var start = graph.Constant(evaluation.Base);
        if (evaluation.Link == TreeLink.Sum)
            return graph.Add("Add", [sums, start]);
        var mean = graph.Add("Div", [sums, graph.Scalar((float)Math.Max(1, model.Rounds))]);
        var (least, one) = (graph.Scalar(TreeEvaluation.LeastShare), graph.Scalar(1f));
        var share = graph.Add("Clip", [graph.Add("Add", [mean, start]), least, one]);
        var score = graph.Add("Log", [share]);
        return model.Outputs > 1 ? score : graph.Add("Sub", [score, graph.Add("Log", [graph.Add("Max", [least, graph.Add("Sub", [one, share])])])]);
    }

    /// <summary>What trees ask about: selected n-grams or the components that they are projected on, then all other columns.</summary>
    private static string Inputs(OnnxGraph graph, FeatureGraph features, TreeShape shape, IModelMemory memory)
    {
        var places = memory.Array<int>(TreeSections.Places).Span.ToArray();
        var inputs = new List<string>();
        if (shape.Rank > 0)
        {
            inputs.Add(features.Ngrams.WeightedRows(
                features.Ngrams.NormalValues, memory.Array<float>(TreeSections.Components).Span, shape.Rank, ngram => places[ngram] < 0 ? shape.Selected : places[ngram]));
        }
        else if (shape.Selected > 0)
        {
            inputs.Add(features.Ngrams.Scattered(features.Ngrams.NormalValues, Array.ConvertAll(places, place => place < 0 ? shape.Selected : (long)place), shape.Selected));
        }
        if (features.Others is not null)
            inputs.Add(features.Others);
        return graph.Add("Concat", inputs.ToArray(), OnnxAttribute.Of("axis", 1));
    }
}
