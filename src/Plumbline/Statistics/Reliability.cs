namespace Plumbline.Statistics;

/// <summary>
/// Whether a model that is 80 % sure is right 80 % of the time (Guo et al. 2017, "On Calibration of Modern Neural
/// Networks"). Confidence is a row's largest probability, and being right means that its label is the true one: the
/// probabilities are judged, whatever a decision rule made of them.
/// </summary>
internal static class Reliability
{
    public const int Bins = 15;

    private const int Simulations = 200;

    /// <summary>15 bins of equal width over (0, 1].</summary>
    public static ReliabilityBin[] Diagram(ReadOnlySpan<int> truth, ReadOnlySpan<float> probabilities, int classes)
    {
        Span<int> rows = stackalloc int[Bins];
        Span<int> hits = stackalloc int[Bins];
        Span<double> confidence = stackalloc double[Bins];
        rows.Clear();
        hits.Clear();
        confidence.Clear();
        for (var row = 0; row < truth.Length; row++)
        {
            var outcome = probabilities.Slice(row * classes, classes);
            var top = ProbabilityScores.ArgMax(outcome);
            var bin = Bin(outcome[top]);
            rows[bin]++;
            confidence[bin] += outcome[top];
            if (top == truth[row])
                hits[bin]++;
        }
        var diagram = new ReliabilityBin[Bins];
        for (var bin = 0; bin < Bins; bin++)
        {
            diagram[bin] = new ReliabilityBin(
                bin / (double)Bins, (bin + 1) / (double)Bins, rows[bin], confidence[bin] / rows[bin], (double)hits[bin] / rows[bin]);
        }
        return diagram;
    }

    /// <summary>
    /// Mean expected calibration error of a model whose every confidence is exactly the chance that it is right, with the confidences of these rows: chance alone shows as
    /// much with so few rows, so only what a real model has beyond it says something (Vaicenavicius et al. 2019). Simulated; NaN for no rows.
    /// </summary>
    public static double ErrorOfPerfect(ReadOnlySpan<float> probabilities, int classes, ulong seed)
    {
        var rows = probabilities.Length / classes;
        var confidences = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            var outcome = probabilities.Slice(row * classes, classes);
            confidences[row] = outcome[ProbabilityScores.ArgMax(outcome)];
        }
        Array.Sort(confidences);
        var random = new RandomSource(seed);
        var sum = 0.0;
        for (var simulation = 0; simulation < Simulations; simulation++)
        {
            for (var row = 0; row < rows;)
            {
                // rows/n · |accuracy − confidence| is |Σ (confidence − right)| / n.
                var (bin, gap) = (Bin(confidences[row]), 0.0);
                for (; row < rows && Bin(confidences[row]) == bin; row++)
                    gap += confidences[row] - (random.NextDouble() < confidences[row] ? 1 : 0);
                sum += Math.Abs(gap);
            }
        }
        return sum / rows / Simulations;
    }

    public static int Bin(float confidence) => Math.Clamp((int)Math.Ceiling((double)confidence * Bins) - 1, 0, Bins - 1);

    /// <summary>Expected calibration error: Σ rows/n · |accuracy − confidence| over the bins; NaN for no rows.</summary>
    public static double ExpectedCalibrationError(IReadOnlyList<ReliabilityBin> diagram)
    {
        var (sum, rows) = (0.0, 0L);
        foreach (var bin in diagram)
        {
            rows += bin.Rows;
            if (bin.Rows > 0)
                sum += bin.Rows * Math.Abs(bin.Accuracy - bin.Confidence);
        }
        return sum / rows;
    }
}
