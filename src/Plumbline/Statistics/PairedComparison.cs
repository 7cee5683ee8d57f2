namespace Plumbline.Statistics;

/// <summary>
/// How much better one classifier is than another on the same rows: the difference of macro-F1 with its bootstrap distribution over rows (Efron 1979), and McNemar's
/// test of their mistakes (1947, with the continuity correction of Edwards 1948).
/// </summary>
/// <param name="Difference">Macro-F1 of the first less that of the second.</param>
/// <param name="StandardError">Of the difference: standard deviation of the resamples.</param>
/// <param name="Low">2.5 % quantile of the resamples.</param>
/// <param name="High">97.5 % quantile.</param>
/// <param name="McNemarP">Chance of mistakes so uneven, or more, if both were wrong equally often; 1 where they never differ.</param>
public sealed record PairedComparison(double Difference, double StandardError, double Low, double High, double McNemarP)
{
    private const int Resamples = 1000;

    /// <param name="truth">Index of each row's true label.</param>
    /// <param name="threads">No result depends on it.</param>
    public static PairedComparison Of(int[] truth, int[] first, int[] second, int classes, ulong seed, int threads = -1)
    {
        // Rows alike in all three are interchangeable, so that a resample draws from few different cells.
        var cells = Enumerable.Range(0, truth.Length).GroupBy(row => (truth[row], first[row], second[row])).Select(group => (Cell: group.Key, Rows: group.Count()))
            .OrderByDescending(group => group.Rows).ThenBy(group => group.Cell).ToArray();
        var differences = new double[Resamples];
        Parallel.For(0, Resamples, new ParallelOptions { MaxDegreeOfParallelism = threads }, () => (new LabelCounts(classes), new LabelCounts(classes)), (resample, _, counts) =>
        {
            var random = RandomSource.Fork(seed, (ulong)resample);
            var (toDraw, undecided) = (truth.Length, truth.Length);
            counts.Item1.Clear();
            counts.Item2.Clear();
            foreach (var (cell, rows) in cells)
            {
                var drawn = rows == undecided ? toDraw : Binomial.Draw(random, toDraw, (double)rows / undecided);
                (toDraw, undecided) = (toDraw - drawn, undecided - rows);
                counts.Item1.Add(cell.Item1, cell.Item2, drawn);
                counts.Item2.Add(cell.Item1, cell.Item3, drawn);
            }
            differences[resample] = counts.Item1.MacroF1 - counts.Item2.MacroF1;
            return counts;
        }, static _ => { });
        Array.Sort(differences);
        var mean = differences.Average();
        var error = Math.Sqrt(differences.Sum(difference => (difference - mean) * (difference - mean)) / (Resamples - 1));
        var (onlyFirst, onlySecond) = (0, 0);
        for (var row = 0; row < truth.Length; row++)
        {
            onlyFirst += first[row] == truth[row] && second[row] != truth[row] ? 1 : 0;
            onlySecond += second[row] == truth[row] && first[row] != truth[row] ? 1 : 0;
        }
        return new PairedComparison(
            MacroF1(truth, first, classes) - MacroF1(truth, second, classes), error, differences[(int)(0.025 * Resamples)], differences[(int)(0.975 * Resamples)], McNemar(onlyFirst, onlySecond));
    }

    /// <summary>Of the rows that exactly one is right about.</summary>
    internal static double McNemar(int onlyFirst, int onlySecond)
    {
        if (onlyFirst + onlySecond == 0)
            return 1;
        var statistic = Math.Pow(Math.Max(0, Math.Abs(onlyFirst - onlySecond) - 1), 2) / (onlyFirst + onlySecond);
        // Upper tail of chi-square with one degree of freedom.
        return MathNet.Numerics.SpecialFunctions.Erfc(Math.Sqrt(statistic / 2));
    }

    private static double MacroF1(int[] truth, int[] predicted, int classes) => new ConfusionMatrix(truth, predicted, classes).Counts.MacroF1;
}
