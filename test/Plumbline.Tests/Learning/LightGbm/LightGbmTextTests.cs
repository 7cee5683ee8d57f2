using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Trees;

namespace Plumbline.Tests.Learning.LightGbm;

public sealed class LightGbmTextTests
{
    private const string Tree = """
        tree
        version=v4

        Tree=0
        num_leaves=3
        num_cat=0
        split_feature=4 1
        split_gain=2.5 1
        threshold=0.1 1.0000000180025095e-35
        decision_type=2 2
        left_child=1 -1
        right_child=-3 -2
        leaf_value=-0.5 0.25 1e-3
        leaf_count=5 3 2
        internal_count=10 8
        is_linear=0
        shrinkage=0.1


        Tree=1
        num_leaves=1
        leaf_value=0.75


        end of trees

        pandas_categorical:null
        """;

    [Fact]
    public void Parse_Trees_TheirArrays()
    {
        var trees = LightGbmText.Parse(Encoding.UTF8.GetBytes(Tree));
        trees.Roots.ShouldBe([0, ~3]);
        trees.Nodes.ShouldBe([new TreeNode(4, 0.099999994f, 1, ~2), new TreeNode(1, 1e-35f, ~0, ~1)]);
        trees.Leaves.ShouldBe([-0.5f, 0.25f, 0.001f, 0.75f]);
        trees.Gains.ShouldBe([2.5f, 1]);
        trees.NodeRows.ShouldBe([10, 8]);
        trees.LeafRows.ShouldBe([5, 3, 2, 0]);
    }

    [Theory]
    [InlineData("decision_type=2 2", "decision_type=2 3", "kind 3")]
    [InlineData("decision_type=2 2", "decision_type=2 10", "kind 10")]
    [InlineData("threshold=0.1 ", "threshold=0.x ", "'0.x'")]
    [InlineData("leaf_value=-0.5 ", "leaf_value=", "2 splits, 2 thresholds, 2 leaves")]
    public void Parse_WhatIsNotMadeHere_SaysWhat(string old, string changed, string expected) => Should.Throw<InvalidDataException>(
        () => LightGbmText.Parse(Encoding.UTF8.GetBytes(Tree.Replace(old, changed, StringComparison.Ordinal)))).Message.ShouldContain(expected);

    [Fact]
    public void Parse_CutOff_SaysWhere() => Should.Throw<InvalidDataException>(
        () => LightGbmText.Parse(Encoding.UTF8.GetBytes(Tree[..Tree.IndexOf("is_linear", StringComparison.Ordinal)]))).Message.ShouldContain("after 1 trees");

    [Property(MaxTest = 2_000)]
    public Property Floor_AnyThreshold_TheSameQuestionForFloats(double threshold, float value)
    {
        var near = (float)threshold;
        float[] values = [value, near, MathF.BitIncrement(near), MathF.BitDecrement(near), 0, -0f];
        return (double.IsNaN(threshold) || values.All(x => x <= threshold == x <= LightGbmText.Floor(threshold))).ToProperty();
    }
}
