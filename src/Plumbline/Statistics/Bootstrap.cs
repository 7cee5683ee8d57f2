namespace Plumbline.Statistics;

/// <summary>
/// 95 % percentile bootstrap (Efron 1979) of the scores that a confusion matrix decides. Drawing n rows with replacement
/// is one multinomial draw over the matrix's non-empty cells: one binomial for each large cell, and what is left is drawn
/// row by row from the small ones. So a resample costs the same for a hundred thousand rows and for ten million.
/// </summary>
internal static class Bootstrap
{
    private const double Low = 0.025, High = 0.975;

    // A binomial takes about as long as this many single rows.
    private const int LargeCell = 16;

    /// <summary>
    /// Intervals of accuracy, macro-F1 and weighted F1, the same for a seed whatever the number of threads: each resample
    /// has its own random stream. Without resamples the bounds are NaN.
    /// </summary>
    /// <param name="threads">Threads at most; -1 for as many as there are cores.</param>
    public static (Estimate Accuracy, Estimate MacroF1, Estimate WeightedF1) Intervals(
        ConfusionMatrix matrix, ulong seed, int resamples, int threads = -1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(resamples);
        var large = matrix.NonEmptyCells().Where(cell => cell.Rows >= LargeCell).ToArray();
        var smallRows = matrix.NonEmptyCells().Where(cell => cell.Rows < LargeCell)
            .SelectMany(cell => Enumerable.Repeat((cell.Truth, cell.Predicted), cell.Rows)).ToArray();
        var accuracy = new double[resamples];
        var macro = new double[resamples];
        var weighted = new double[resamples];
        Parallel.For(
            0,
            resamples,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => new LabelCounts(matrix.Classes),
            (resample, _, counts) =>
            {
                Resample(large, smallRows, matrix.Counts.Rows, RandomSource.Fork(seed, (ulong)resample), counts);
                accuracy[resample] = counts.Accuracy;
                macro[resample] = counts.MacroF1;
                weighted[resample] = counts.WeightedF1;
                return counts;
            },
            static _ => { });
        return (Interval(matrix.Counts.Accuracy, accuracy), Interval(matrix.Counts.MacroF1, macro), Interval(matrix.Counts.WeightedF1, weighted));
    }

    private static void Resample(
        (int Truth, int Predicted, int Rows)[] large, (int Truth, int Predicted)[] smallRows, int rows, RandomSource random, LabelCounts counts)
    {
        counts.Clear();
        var (toDraw, undecided) = (rows, rows);
        foreach (var cell in large)
        {
            var drawn = Binomial.Draw(random, toDraw, (double)cell.Rows / undecided);
            counts.Add(cell.Truth, cell.Predicted, drawn);
            toDraw -= drawn;
            undecided -= cell.Rows;
        }
        // Without small cells the last large one was certain to take all that was left.
        for (; toDraw > 0; toDraw--)
        {
            var (truth, predicted) = smallRows[random.NextInt32(smallRows.Length)];
            counts.Add(truth, predicted, 1);
        }
    }

    private static Estimate Interval(double value, double[] samples)
    {
        Array.Sort(samples);
        return new Estimate(value, Quantile(samples, Low), Quantile(samples, High));
    }

    /// <summary>Linear between order statistics: type 7 of Hyndman &amp; Fan (1996), numpy's default.</summary>
    private static double Quantile(double[] sorted, double level)
    {
        if (sorted.Length == 0)
            return double.NaN;
        var position = level * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
