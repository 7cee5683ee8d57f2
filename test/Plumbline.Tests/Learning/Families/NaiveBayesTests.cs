using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Families;

public sealed class NaiveBayesTests
{
    private const int Ngrams = 12;
    private const int Rows = 40;

    public static TheoryData<int, double, bool> Cases => [.. from classes in new[] { 2, 5 } from alpha in new[] { 0.01, 1.0 } from choice in new[] { false, true } select (classes, alpha, choice)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fit_Multinomial_LogPriorAndLogShares(int classes, double alpha, bool fitPrior)
    {
        using var matrix = Matrix(classes);
        var (values, labels) = (Dense(matrix), matrix.Labels());
        ShouldScore(matrix, new MultinomialNbFamily(), [new("alpha", alpha), new("fit_prior", fitPrior)], (row, k) =>
        {
            var inside = Enumerable.Range(0, Rows).Where(other => labels[other] == k).ToArray();
            var total = inside.Sum(other => values[other].Sum());
            var score = fitPrior ? Math.Log((inside.Length + 1.0) / (Rows + classes)) : 0;
            for (var ngram = 0; ngram < Ngrams; ngram++)
                score += values[row][ngram] * Math.Log((inside.Sum(other => values[other][ngram]) + alpha) / (total + (alpha * Ngrams)));
            return score;
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fit_Complement_NegativeLogSharesOfTheOthers(int classes, double alpha, bool normalise)
    {
        using var matrix = Matrix(classes);
        var (values, labels) = (Dense(matrix), matrix.Labels());
        var weights = new double[classes][];
        for (var k = 0; k < classes; k++)
        {
            var outside = Enumerable.Range(0, Rows).Where(row => labels[row] != k).ToArray();
            var total = outside.Sum(row => values[row].Sum());
            weights[k] = [.. Enumerable.Range(0, Ngrams).Select(ngram => -Math.Log((outside.Sum(row => values[row][ngram]) + alpha) / (total + (alpha * Ngrams))))];
        }
        var lengths = weights.Select(own => own.Sum(Math.Abs)).ToArray();
        ShouldScore(matrix, new ComplementNbFamily(), [new("alpha", alpha), new("normalise", normalise)], (row, k) =>
            Enumerable.Range(0, Ngrams).Sum(ngram => values[row][ngram] * weights[k][ngram] * (normalise ? lengths.Average() / lengths[k] : 1)));
    }

    /// <summary>Scores may differ by what is common to all classes.</summary>
    private static void ShouldScore(FeatureMatrix matrix, IModelFamily family, KeyValuePair<string, ParameterValue>[] parameters, Func<int, int, double> expected)
    {
        var fitted = family.Fit(new FitRequest(matrix, Ngrams, new TrialParameters(parameters), 1) { Shared = new SharedFits(matrix, Ngrams) }).ShouldNotBeNull();
        fitted.LosesPrior.ShouldBeTrue();
        var scores = fitted.Scores(matrix, 1);
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 1; k < matrix.Classes; k++)
                (scores[(row * matrix.Classes) + k] - scores[row * matrix.Classes]).ShouldBe((float)(expected(row, k) - expected(row, 0)), 1e-3f);
        }
    }

    /// <summary>Rows of a few n-grams, then two other columns, which no naive Bayes looks at, and the intercept.</summary>
    private static FeatureMatrix Matrix(int classes)
    {
        var random = new RandomSource(3);
        var (ends, indices, values) = (new List<int>(), new List<int>(), new List<float>());
        for (var row = 0; row < Rows; row++)
        {
            foreach (var ngram in Enumerable.Range(0, Ngrams).Where(ngram => random.NextInt32(3) == 0 || ngram == row % Ngrams))
            {
                indices.Add(ngram);
                values.Add((float)random.NextDouble());
            }
            indices.AddRange([Ngrams, Ngrams + 1, Ngrams + 2]);
            values.AddRange([(float)random.NextGaussian(), (float)random.NextGaussian(), 1]);
            ends.Add(indices.Count);
        }
        var blocks = new FeatureBlocks(MatrixMemory.Default);
        blocks.Add(new FeatureBlock([.. ends], [.. indices], [.. values], [], [], [.. Enumerable.Range(0, Rows).Select(row => row * row % 7 % classes)]));
        return new FeatureMatrix(Ngrams + 3, classes, blocks);
    }

    private static double[][] Dense(FeatureMatrix matrix) =>
    [
        .. matrix.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row =>
        {
            var dense = new double[Ngrams];
            for (var at = block.Start(row); at < block.Ends[row]; at++)
            {
                if (block.Indices[at] < Ngrams)
                    dense[block.Indices[at]] = block.Values[at];
            }
            return dense;
        })),
    ];
}
