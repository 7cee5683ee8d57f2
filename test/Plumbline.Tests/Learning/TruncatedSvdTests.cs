using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Plumbline.Features;
using Plumbline.Learning;

namespace Plumbline.Tests.Learning;

public sealed class TruncatedSvdTests
{
    private const int Ngrams = 37;

    [Theory]
    [InlineData(200, 8)]
    [InlineData(200, 100)]
    [InlineData(12, 100)]
    public void Of_RandomRows_SpansTheFirstRightSingularVectors(int rows, int rank)
    {
        using var matrix = SparseProblem.Generate(3, rows, Ngrams + 3, 4).Matrix;
        int[] columns = [.. Enumerable.Range(0, Ngrams).Where(column => column % 7 != 2)];
        var svd = TruncatedSvd.Of(matrix, Ngrams, columns, rank);
        var exact = Dense(matrix, columns).Svd();
        svd.Rank.ShouldBe(Math.Min(rank, Math.Min(rows, columns.Length)));
        var components = DenseMatrix.Create(columns.Length, svd.Rank, (place, component) => svd.Components[(place * svd.Stride) + component]);
        var projected = Dense(matrix, columns) * components;
        for (var component = 0; component < svd.Rank; component++)
        {
            var norm = projected.Column(component).L2Norm();
            norm.ShouldBe(exact.S[component], 0.02 * exact.S[0]);
            svd.MeanSquares[component].ShouldBe((float)(norm * norm / rows), 1e-3f * svd.MeanSquares[0]);
            svd.Means[component].ShouldBe((float)(projected.Column(component).Sum() / rows), 1e-4f);
            if (exact.S[component] > 1e-3 * exact.S[0])
                components.Column(component).L2Norm().ShouldBe(1, 1e-4);
        }
        // The error of the best approximation of this rank, nearly.
        var residual = (Dense(matrix, columns) - (projected * components.Transpose())).FrobeniusNorm();
        residual.ShouldBeLessThan((1.02 * Math.Sqrt(exact.S.Skip(svd.Rank).Sum(value => value * value))) + (1e-3 * exact.S[0]));
    }

    [Fact]
    public void Of_Twice_SameBits()
    {
        using var matrix = SparseProblem.Generate(3, 90, Ngrams + 3, 4).Matrix;
        var columns = Enumerable.Range(0, Ngrams).ToArray();
        TruncatedSvd.Of(matrix, Ngrams, columns, 10).Components.ShouldBe(TruncatedSvd.Of(matrix, Ngrams, columns, 10).Components);
    }

    [Fact]
    public void Of_NoColumns_NoComponents()
    {
        using var matrix = SparseProblem.Generate(3, 20, 5, 2).Matrix;
        TruncatedSvd.Of(matrix, 0, [], 10).Rank.ShouldBe(0);
    }

    private static Matrix<double> Dense(FeatureMatrix matrix, int[] columns)
    {
        var dense = DenseMatrix.Create(matrix.Rows, columns.Length, 0);
        var r = 0;
        foreach (var block in matrix.Blocks)
        {
            for (var row = 0; row < block.Rows; row++, r++)
            {
                for (var at = block.Start(row); at < block.Ends[row]; at++)
                {
                    if (Array.IndexOf(columns, block.Indices[at]) is >= 0 and var place)
                        dense[r, place] = block.Values[at];
                }
            }
        }
        return dense;
    }
}
