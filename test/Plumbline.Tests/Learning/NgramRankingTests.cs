using Plumbline.Learning;

namespace Plumbline.Tests.Learning;

public sealed class NgramRankingTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void ByChiSquare_RandomRows_AsCountedOneByOne(int classes)
    {
        var matrix = SparseProblem.Generate(5, 120, 40, classes).Matrix;
        var ngrams = matrix.Columns - 3;
        var rows = matrix.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row => (
            Label: block.Labels[row], Present: block.Indices[block.Start(row)..block.Ends[row]].ToHashSet()))).ToArray();
        var chiSquares = Enumerable.Range(0, ngrams).Select(ngram =>
        {
            double sum = 0;
            foreach (var isPresent in (bool[])[true, false])
            {
                for (var k = 0; k < classes; k++)
                {
                    var expected = (double)rows.Count(row => row.Label == k) * rows.Count(row => row.Present.Contains(ngram) == isPresent) / rows.Length;
                    if (expected > 0)
                        sum += Math.Pow(rows.Count(row => row.Label == k && row.Present.Contains(ngram) == isPresent) - expected, 2) / expected;
                }
            }
            return sum;
        }).ToArray();
        var ranking = NgramRanking.Of(matrix, ngrams);
        ranking.ByChiSquare.ToArray().Select(ngram => chiSquares[ngram]).Zip(chiSquares.OrderDescending()).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
        ranking.ByChiSquare.ToArray().Order().ShouldBe(Enumerable.Range(0, ngrams));
        var frequencies = Enumerable.Range(0, ngrams).Select(ngram => rows.Count(row => row.Present.Contains(ngram))).ToArray();
        ranking.ByFrequency.ToArray().ShouldBe(Enumerable.Range(0, ngrams).OrderByDescending(ngram => frequencies[ngram]).ThenBy(ngram => ngram));
    }

    [Fact]
    public void Of_NgramsThatNoRowHas_AreLeftOut()
    {
        var matrix = SparseProblem.Generate(5, 30, 10, 2).Matrix;
        var ranking = NgramRanking.Of(matrix, 14);
        ranking.ByChiSquare.ToArray().ShouldAllBe(ngram => ngram < 10);
        ranking.ByFrequency.Length.ShouldBe(10);
        NgramRanking.Of(matrix, 0).ByChiSquare.Length.ShouldBe(0);
    }
}
