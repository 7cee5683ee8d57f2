namespace Plumbline.Statistics;

/// <summary>
/// Whether a model that is 80 % sure is right 80 % of the time (Guo et al. 2017, "On Calibration of Modern Neural
/// Networks"). Confidence is a row's largest probability, and being right means that its label is the true one: the
/// probabilities are judged, whatever a decision rule made of them.
/// </summary>
internal static class Reliability
{
    public const int Bins = 15;

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
            var bin = Math.Clamp((int)Math.Ceiling((double)outcome[top] * Bins) - 1, 0, Bins - 1);
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
