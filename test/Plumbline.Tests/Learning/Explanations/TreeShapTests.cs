using System.Numerics;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;
using Plumbline.Tests.Learning.Trees;

namespace Plumbline.Tests.Learning.Explanations;

public sealed class TreeShapTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Explain_RandomRows_ContributionsOfLightGbm(int classes)
    {
        using var grown = new GrownTrees((ulong)classes, 300, 13, classes, 12, "num_leaves=12 min_data_in_leaf=3 learning_rate=0.3");
        var shap = new TreeShap(grown.Evaluation, grown.Memory);
        var contributions = new double[grown.Inputs * grown.Outputs];
        foreach (var row in grown.Rows(5, 200))
        {
            shap.Explain(grown.Row(row), contributions);
            var expected = grown.Contribute(row);
            for (var output = 0; output < grown.Outputs; output++)
            {
                for (var input = 0; input < grown.Inputs; input++)
                    contributions[(input * grown.Outputs) + output].ShouldBe(expected[(output * (grown.Inputs + 1)) + input], 1e-5);
                shap.Expected[output].ShouldBe(expected[(output * (grown.Inputs + 1)) + grown.Inputs], 1e-5);
            }
        }
    }

    [Fact]
    public void Explain_SmallTrees_ShapleyValuesByEverySubset()
    {
        using var grown = new GrownTrees(11, 200, 7, 3, 5, "num_leaves=10 min_data_in_leaf=2 learning_rate=0.5");
        var shap = new TreeShap(grown.Evaluation, grown.Memory);
        var (inputs, outputs) = (grown.Inputs, grown.Outputs);
        var contributions = new double[inputs * outputs];
        foreach (var row in grown.Rows(6, 30))
        {
            shap.Explain(grown.Row(row), contributions);
            var dense = new float[inputs];
            for (var i = 0; i < row.Indices.Length; i++)
                dense[row.Indices[i]] = row.Values[i];
            for (var input = 0; input < inputs; input++)
            {
                for (var output = 0; output < outputs; output++)
                    contributions[(input * outputs) + output].ShouldBe(Shapley(grown, dense, input, output), 1e-9);
            }
        }
    }

    [Theory]
    [InlineData(TreeLink.Sum)]
    [InlineData(TreeLink.Share)]
    public void Explain_AnyRow_AddsUpToWhatIsExplained(TreeLink link)
    {
        using var grown = new GrownTrees(4, 300, 13, 4, 8, "num_leaves=8 min_data_in_leaf=5");
        float[] start = [0.1f, 0.2f, 0.3f, 0.4f];
        var shape = grown.Shape with { Trees = grown.Shape.Trees! with { Link = link } };
        var memory = new ModelParameters(shape, [.. grown.Memory.Sections.Where(section => section.Name != TreeSections.Base), ModelSection.Of<float>(TreeSections.Base, start)]);
        var evaluation = new TreeEvaluation(shape, grown.Inputs, memory);
        var shap = new TreeShap(evaluation, memory);
        var contributions = new double[grown.Inputs * 4];
        foreach (var row in grown.Rows(8, 100))
        {
            shap.Explain(grown.Row(row), contributions);
            var sums = new float[4];
            evaluation.Add(grown.Row(row), sums);
            for (var output = 0; output < 4; output++)
            {
                var explained = (sums[output] / (link == TreeLink.Share ? 8 : 1)) + start[output];
                (shap.Expected[output] + Enumerable.Range(0, grown.Inputs).Sum(input => contributions[(input * 4) + output])).ShouldBe(explained, 1e-5);
            }
        }
    }

    [Fact]
    public void Of_Importances_SumsOfTheSplits()
    {
        using var grown = new GrownTrees(4, 300, 13, 3, 8, "num_leaves=8 min_data_in_leaf=5");
        var importances = TreeImportances.Of(grown.Evaluation, grown.Memory);
        importances.Splits.Sum().ShouldBe(grown.Evaluation.Model.Nodes);
        importances.Gains.Sum().ShouldBe(grown.Memory.Values<float>(TreeSections.Gains).Sum(gain => (double)gain), 1e-6);
        importances.Gains.ShouldAllBe(gain => gain >= 0);
        for (var input = 0; input < grown.Inputs; input++)
            (importances.Splits[input] == 0).ShouldBe(importances.Gains[input] == 0);
    }

    [Fact]
    public void Open_NoRowsWentSomewhere_Throws()
    {
        using var grown = new GrownTrees(4, 300, 13, 3, 2, "num_leaves=8 min_data_in_leaf=5");
        var rows = grown.Memory.Values<int>(TreeSections.LeafRows);
        var without = ModelSection.Of<int>(TreeSections.LeafRows, new int[rows.Length]);
        var memory = new ModelParameters(grown.Shape, [.. grown.Memory.Sections.Where(section => section.Name != TreeSections.LeafRows), without]);
        Should.Throw<InvalidDataException>(() => new TreeShap(grown.Evaluation, memory)).Message.ShouldContain("no training rows");
    }

    /// <summary>By its definition: the input's mean gain over all orders in which inputs become known (Shapley 1953).</summary>
    private static double Shapley(GrownTrees grown, float[] row, int input, int output)
    {
        double sum = 0;
        var factorials = Enumerable.Range(0, row.Length + 1).Select(n => Enumerable.Range(1, n).Aggregate(1.0, (product, i) => product * i)).ToArray();
        for (var known = 0; known < 1 << row.Length; known++)
        {
            if ((known & (1 << input)) != 0)
                continue;
            var size = BitOperations.PopCount((uint)known);
            sum += factorials[size] * factorials[row.Length - size - 1] / factorials[row.Length] * (Value(known | (1 << input)) - Value(known));
        }
        return sum;

        double Value(int known) => Enumerable.Range(0, grown.Evaluation.Model.Trees).Where(tree => tree % grown.Outputs == output).Sum(tree => Walk(grown.Evaluation.Model.Root(tree), known));

        double Walk(int at, int known)
        {
            if (at < 0)
                return grown.Evaluation.Model.Leaf(~at);
            var node = grown.Evaluation.Model.Node(at);
            if ((known & (1 << node.Input)) != 0)
                return Walk(row[node.Input] <= node.Threshold ? node.Left : node.Right, known);
            return ((Rows(node.Left) * Walk(node.Left, known)) + (Rows(node.Right) * Walk(node.Right, known))) / Rows(at);
        }

        double Rows(int at) => at >= 0 ? grown.Memory.Values<int>(TreeSections.NodeRows)[at] : grown.Memory.Values<int>(TreeSections.LeafRows)[~at];
    }
}
