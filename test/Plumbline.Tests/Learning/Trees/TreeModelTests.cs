using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Tests.Learning.Trees;

public sealed class TreeModelTests
{
    [Theory]
    [InlineData(2, "num_leaves=31 min_data_in_leaf=3 learning_rate=0.2")]
    [InlineData(3, "num_leaves=15 min_data_in_leaf=3 learning_rate=0.3 feature_fraction=0.5 bagging_fraction=0.6 bagging_freq=1")]
    [InlineData(5, "num_leaves=8 min_data_in_leaf=1 max_bin=4")]
    public void Add_RowsOnAndBesideThresholds_ScoresOfLightGbm(int classes, string parameters)
    {
        using var grown = new GrownTrees((ulong)classes, 400, 13, classes, 25, parameters);
        var sums = new float[grown.Outputs];
        foreach (var row in grown.Rows(7, 1_500))
        {
            Array.Clear(sums);
            grown.Evaluation.Add(grown.Row(row), sums);
            var expected = grown.Score(row);
            for (var output = 0; output < sums.Length; output++)
                ((double)sums[output]).ShouldBe(expected[output], 1e-5 * (1 + Math.Abs(expected[output])));
        }
    }

    [Fact]
    public void Score_ManyRows_AllocatesNothing()
    {
        using var grown = new GrownTrees(1, 200, 13, 3, 10, "num_leaves=8 min_data_in_leaf=3");
        var rows = grown.Rows(1, 20).Select(row => (Indices: (int[])[.. row.Indices, grown.Inputs], Values: (float[])[.. row.Values, 1f])).ToArray();
        Score();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Score();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Score()
        {
            Span<float> scores = stackalloc float[3];
            foreach (var (indices, values) in rows)
            {
                grown.Evaluation.Add(new FeatureRow(indices, values), scores);
                grown.Evaluation.Finish(scores);
            }
        }
    }

    [Theory]
    [InlineData("a child before its parent", "leads to 0")]
    [InlineData("a child that is not there", "leads to 9")]
    [InlineData("a leaf that is not there", "leads to -9")]
    [InlineData("an input that is not there", "asks for input 7 of 2")]
    [InlineData("trees that do not divide into rounds", "3 trees do not go with 2 outputs")]
    public void Open_ArraysThatPointOutside_Throws(string kind, string expected)
    {
        var trees = new TreeArrays();
        trees.Roots.AddRange(kind.StartsWith("trees", StringComparison.Ordinal) ? [0, ~0, ~0] : [0, ~0]);
        trees.Leaves.AddRange([1f, 2f, 3f]);
        trees.Nodes.Add(new TreeNode(0, 0.5f, 1, ~2));
        trees.Nodes.Add(kind switch
        {
            "a child before its parent" => new TreeNode(1, 0.5f, 0, ~1),
            "a child that is not there" => new TreeNode(1, 0.5f, 9, ~1),
            "a leaf that is not there" => new TreeNode(1, 0.5f, -9, ~1),
            "an input that is not there" => new TreeNode(7, 0.5f, ~0, ~1),
            _ => new TreeNode(1, 0.5f, ~0, ~1),
        });
        var memory = new ModelParameters(new ModelShape("boosting", TreeScorer.Kind, 2, 2), trees.Sections());
        Should.Throw<InvalidDataException>(() => new TreeModel(2, 2, memory)).Message.ShouldContain(expected);
    }
}
