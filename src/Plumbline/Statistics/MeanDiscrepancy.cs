namespace Plumbline.Statistics;

/// <summary>
/// Maximum mean discrepancy of two samples of vectors with a Gaussian kernel as wide as the median distance (Gretton, Borgwardt, Rasch, Schölkopf &amp; Smola 2012), and by permutations how likely one as large is by chance. Pure.
/// </summary>
internal static class MeanDiscrepancy
{
    /// <returns>The squared discrepancy, without bias; p is at least 1 ÷ (<paramref name="permutations"/> + 1).</returns>
    /// <param name="first">Vectors of one length.</param>
    public static TestResult Test(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second, int permutations, ulong seed)
    {
        var (n, m) = (first.Count, second.Count);
        if (n < 2 || m < 2)
            return new TestResult(0, 1);
        var kernel = Kernel([.. first, .. second]);
        var isFirst = new bool[n + m];
        isFirst.AsSpan(0, n).Fill(true);
        var observed = Discrepancy(kernel, isFirst, n, m);
        var random = new RandomSource(seed);
        var asLarge = 1;
        for (var permutation = 0; permutation < permutations; permutation++)
        {
            random.Shuffle(isFirst.AsSpan());
            asLarge += Discrepancy(kernel, isFirst, n, m) >= observed - 1e-12 ? 1 : 0;
        }
        return new TestResult(observed, asLarge / (permutations + 1.0));
    }

    private static float[][] Kernel(float[][] vectors)
    {
        var squares = vectors.Select((one, row) => vectors.Take(row).Select(other => SquaredDistance(one, other)).ToArray()).ToArray();
        var sorted = squares.SelectMany(row => row).Order().ToArray();
        var median = sorted[sorted.Length / 2];
        return [.. squares.Select(row => row.Select(square => median > 0 ? MathF.Exp(-square / median) : square == 0 ? 1 : 0).ToArray())];
    }

    private static double Discrepancy(float[][] kernel, bool[] isFirst, int n, int m)
    {
        double within = 0, other = 0, between = 0;
        for (var row = 1; row < kernel.Length; row++)
        {
            float same = 0, different = 0;
            for (var column = 0; column < row; column++)
            {
                if (isFirst[column] == isFirst[row])
                    same += kernel[row][column];
                else
                    different += kernel[row][column];
            }
            between += different;
            if (isFirst[row])
                within += same;
            else
                other += same;
        }
        return (2 * within / ((double)n * (n - 1))) + (2 * other / ((double)m * (m - 1))) - (2 * between / ((double)n * m));
    }

    private static float SquaredDistance(float[] one, float[] other)
    {
        float sum = 0;
        for (var i = 0; i < one.Length; i++)
            sum += (one[i] - other[i]) * (one[i] - other[i]);
        return sum;
    }
}
