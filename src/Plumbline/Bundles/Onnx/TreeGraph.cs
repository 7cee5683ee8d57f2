using Plumbline.Bundles.Onnx.Proto;
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
            sums = graph.Add("Add", [sums, graph.Add(OnnxGraph.MachineLearning + ".TreeEnsembleRegressor", [Inputs(graph, features, shape.Trees!, memory)], Trees(model, roots[true]))]);
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

    private static AttributeProto[] Trees(TreeModel model, IEnumerable<int> trees)
    {
        var (treeIds, ids, inputs, thresholds, modes, yes, no) = (new List<long>(), new List<long>(), new List<long>(), new List<float>(), new List<string>(), new List<long>(), new List<long>());
        var (leafTrees, leafIds, targets, weights) = (new List<long>(), new List<long>(), new List<long>(), new List<float>());
        foreach (var tree in trees)
        {
            // Nodes of a tree in the order in which they are met: its root is 0.
            var met = new List<int> { model.Root(tree) };
            for (var id = 0; id < met.Count; id++)
            {
                var isLeaf = met[id] < 0;
                var node = isLeaf ? default : model.Node(met[id]);
                treeIds.Add(tree);
                ids.Add(id);
                inputs.Add(node.Input);
                thresholds.Add(node.Threshold);
                modes.Add(isLeaf ? "LEAF" : "BRANCH_LEQ");
                yes.Add(isLeaf ? 0 : met.Count);
                no.Add(isLeaf ? 0 : met.Count + 1);
                if (!isLeaf)
                {
                    met.AddRange([node.Left, node.Right]);
                    continue;
                }
                leafTrees.Add(tree);
                leafIds.Add(id);
                targets.Add(tree % model.Outputs);
                weights.Add(model.Leaf(~met[id]));
            }
        }
        return
        [
            OnnxAttribute.Of("n_targets", model.Outputs), OnnxAttribute.Of("nodes_treeids", treeIds), OnnxAttribute.Of("nodes_nodeids", ids), OnnxAttribute.Of("nodes_featureids", inputs),
            OnnxAttribute.Of("nodes_values", thresholds), OnnxAttribute.Of("nodes_modes", modes), OnnxAttribute.Of("nodes_truenodeids", yes), OnnxAttribute.Of("nodes_falsenodeids", no),
            OnnxAttribute.Of("target_treeids", leafTrees), OnnxAttribute.Of("target_nodeids", leafIds), OnnxAttribute.Of("target_ids", targets), OnnxAttribute.Of("target_weights", weights),
        ];
    }
}
