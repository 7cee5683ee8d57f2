using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>How a label fared. Intervals are exact, of 95 %; NaN where there are no rows.</summary>
/// <param name="Support">Labelled predictions whose true label it is.</param>
/// <param name="Predicted">Labelled predictions that were answered with it.</param>
public sealed record LabelScores(string Label, long Support, long Predicted, Estimate Precision, Estimate Recall, Estimate F1);

/// <summary>How right answers were, by their true labels. Intervals are of 95 %: of macro-F1 by bootstrap, of all else exact.</summary>
/// <param name="Labels">Labelled predictions.</param>
/// <param name="MacroF1">Over the labels that occur.</param>
/// <param name="Ece">Expected calibration error in 15 equal bins of the largest probability.</param>
/// <param name="EceOfChance">What a perfectly calibrated model would show with these confidences, by chance.</param>
/// <param name="Brier">Mean of Σₖ (pₖ − [label = k])², 0 to 2 (Brier 1950).</param>
/// <param name="ByLabel">In the model's order.</param>
public sealed record QualityScores(
    long Labels, Estimate Accuracy, Estimate MacroF1, double Ece, double EceOfChance, double Brier, IReadOnlyList<LabelScores> ByLabel, IReadOnlyList<ReliabilityBin> Reliability)
{
    private const ulong Seed = 22;

    /// <param name="labels">Of the model; those that are only in the sums come after them.</param>
    internal static QualityScores Of(QualitySums sums, IReadOnlyList<string> labels, int resamples)
    {
        string[] all = [.. labels, .. sums.Confusion.Keys.SelectMany(cell => new[] { cell.Truth, cell.Predicted }).Except(labels).Order(StringComparer.Ordinal)];
        var cells = new long[all.Length * all.Length];
        foreach (var ((truth, predicted), rows) in sums.Confusion)
            cells[(Array.IndexOf(all, truth) * all.Length) + Array.IndexOf(all, predicted)] = Math.Max(0, rows);
        var matrix = new ConfusionMatrix(cells, all.Length);
        var hits = Enumerable.Range(0, all.Length).Sum(label => cells[(label * all.Length) + label]);
        return new QualityScores(
            sums.Labels, ProportionInterval.Of(hits, matrix.Counts.Rows), sums.Labels == 0 ? ProportionInterval.Of(0, 0) : Bootstrap.Intervals(matrix, Seed, resamples).MacroF1,
            CalibrationError(sums), ErrorOfChance(sums), sums.Brier / QualitySums.Unit / sums.Labels, [.. all.Select((label, at) => OfLabel(matrix, label, at))], Bins(sums));
    }

    private static LabelScores OfLabel(ConfusionMatrix matrix, string label, int at)
    {
        long hits = matrix[at, at], support = matrix.Counts.Support(at), predicted = matrix.Counts.Predicted(at);
        return new LabelScores(
            label, support, predicted, ProportionInterval.Of(hits, predicted), ProportionInterval.Of(hits, support), ProportionInterval.OfF1(hits, support + predicted - hits));
    }

    private static double CalibrationError(QualitySums sums)
    {
        var gap = 0.0;
        for (var bin = 0; bin < QualitySums.Bins; bin++)
            gap += Math.Abs(sums.Hits[bin] - (sums.Confidence[bin] / QualitySums.Unit));
        return gap / sums.Labels;
    }

    /// <summary>In each bin the hits less the confidences are about normal, and √(2/π) deviations far from 0 in the mean.</summary>
    private static double ErrorOfChance(QualitySums sums)
    {
        var gap = 0.0;
        for (var bin = 0; bin < QualitySums.Bins; bin++)
        {
            if (sums.Rows[bin] > 0 && Math.Min(1, sums.Confidence[bin] / QualitySums.Unit / sums.Rows[bin]) is var confidence)
                gap += Math.Sqrt(2 / Math.PI * sums.Rows[bin] * confidence * (1 - confidence));
        }
        return gap / sums.Labels;
    }

    private static ReliabilityBin[] Bins(QualitySums sums)
    {
        var bins = new ReliabilityBin[QualitySums.Bins];
        for (var bin = 0; bin < bins.Length; bin++)
        {
            double rows = sums.Rows[bin];
            bins[bin] = new ReliabilityBin(
                bin / (double)bins.Length, (bin + 1) / (double)bins.Length, checked((int)sums.Rows[bin]), sums.Confidence[bin] / QualitySums.Unit / rows, sums.Hits[bin] / rows);
        }
        return bins;
    }
}
