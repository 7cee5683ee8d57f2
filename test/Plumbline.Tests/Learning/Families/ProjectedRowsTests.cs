using Plumbline.Learning;
using Plumbline.Learning.Families;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning.Families;

public sealed class ProjectedRowsTests
{
    private const int Ngrams = 40;
    private const int Rank = 6;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Fold_AnyModel_ScoresAsItDidWithComponents(int classes)
    {
        using var matrix = SparseProblem.Generate(3, 200, Ngrams + 4, classes).Matrix;
        using var shared = new SharedFits(matrix, Ngrams);
        var projected = shared.Projected(Rank).ShouldNotBeNull();
        var (outputs, random) = (classes == 2 ? 1 : classes, new RandomSource(5));
        var lanes = DualSolver<MultinomialLogisticLoss>.LanesFor(outputs);
        var model = new LinearModel(projected.Matrix.Columns, outputs, lanes, new float[projected.Matrix.Columns * lanes]);
        for (var column = 0; column < model.Columns; column++)
        {
            for (var output = 0; output < outputs; output++)
                model.Row(column)[output] = (float)random.NextGaussian();
        }
        var (whole, folded) = (LinearScores.Of(model, projected.Matrix, 1), LinearScores.Of(projected.Fold(model), matrix, 1));
        for (var i = 0; i < whole.Length; i++)
            folded[i].ShouldBe(whole[i], 1e-3f);
    }

    [Fact]
    public void Matrix_Components_StandBehindAllColumnsWithAMeanSquareOfOne()
    {
        using var matrix = SparseProblem.Generate(4, 300, Ngrams + 4, 3).Matrix;
        using var shared = new SharedFits(matrix, Ngrams);
        var rows = shared.Projected(Rank)!.Matrix;
        rows.Columns.ShouldBe(matrix.Columns + Rank);
        var squares = new double[Rank];
        foreach (var block in rows.Blocks)
        {
            for (var row = 0; row < block.Rows; row++)
            {
                var end = block.Ends[row];
                block.Indices.AsSpan((end - Rank)..end).ToArray().ShouldBe(Enumerable.Range(matrix.Columns, Rank));
                for (var component = 0; component < Rank; component++)
                    squares[component] += block.Values[end - Rank + component] * (double)block.Values[end - Rank + component] / rows.Rows;
            }
        }
        squares.ShouldAllBe(square => Math.Abs(square - 1) < 1e-3);
    }

    [Fact]
    public void Projected_RankBeyondWhatThereIs_AsManyAsThereAre()
    {
        using var matrix = SparseProblem.Generate(4, 100, 9, 3).Matrix;
        using var shared = new SharedFits(matrix, 5);
        shared.Projected(200)!.Rank.ShouldBe(5);
        using var none = new SharedFits(matrix, 0);
        none.Projected(200).ShouldBeNull();
    }
}
