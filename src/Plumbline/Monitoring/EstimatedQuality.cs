using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <param name="Precision">NaN where the label was never answered.</param>
/// <param name="Recall">NaN where no text is expected to have it.</param>
/// <param name="F1">NaN where both are so.</param>
public sealed record EstimatedLabel(string Label, double Precision, double Recall, double F1);

/// <summary>
/// How right answers are expected to be, from their probabilities alone: confidence-based performance estimation (CBPE, NannyML 2021). It holds as far as the probabilities are calibrated, and so is
/// blind to a change of what labels mean. Intervals are of 95 %: how the scores of so many requests vary, if it holds.
/// </summary>
/// <param name="Requests">Answers that it is of.</param>
public sealed record EstimatedQuality(long Requests, Estimate Accuracy, Estimate MacroF1, IReadOnlyList<EstimatedLabel> ByLabel)
{
    private const double Quantile = 1.959964;

    /// <returns>Null without any request.</returns>
    internal static EstimatedQuality? Of(ExpectedOutcomes expected, IReadOnlyList<string> labels)
    {
        double requests = expected.Requests;
        if (requests == 0)
            return null;
        int[] occurring = [.. Enumerable.Range(0, labels.Count).Where(label => expected.Answered(label) > 0 || expected.Support(label) >= 1)];
        var hits = occurring.Sum(expected.Hits);
        var accuracy = hits / requests;
        var (score, variance) = MacroF1Of(expected, occurring, requests - hits);
        return new EstimatedQuality(
            (long)requests, Around(accuracy, accuracy * (1 - accuracy) / requests), Around(score, variance),
            [.. labels.Select((label, at) => new EstimatedLabel(label, Ratio(expected.Hits(at), expected.Answered(at)), Ratio(expected.Hits(at), expected.Support(at)), F1(expected, at)))]);
    }

    /// <summary>
    /// Variance by the delta method, as <see cref="ConfusionScore.MacroF1"/> has it: each request moves the score by its influence. Of expected misses it is known whose they are and what was answered in
    /// their place, but not which went where: they are spread in proportion.
    /// </summary>
    private static (double Score, double Variance) MacroF1Of(ExpectedOutcomes expected, int[] labels, double misses)
    {
        var (score, variance, missed, mistaken) = (0.0, 0.0, 0.0, 0.0);
        foreach (var label in labels)
        {
            double hits = expected.Hits(label), both = expected.Answered(label) + expected.Support(label);
            var f1 = 2 * hits / both;
            var (ofRow, ofHit) = (-f1 / both / labels.Length, 2 / both / labels.Length);
            var (missesHere, mistakesHere) = (expected.Support(label) - hits, expected.Answered(label) - hits);
            score += f1 / labels.Length;
            variance += (hits * Math.Pow((2 * ofRow) + ofHit, 2)) + ((missesHere + mistakesHere) * ofRow * ofRow);
            (missed, mistaken) = (missed + (missesHere * ofRow), mistaken + (mistakesHere * ofRow));
        }
        return (score, misses > 0 ? variance + (2 * missed * mistaken / misses) : variance);
    }

    private static double F1(ExpectedOutcomes expected, int label) => Ratio(2 * expected.Hits(label), expected.Answered(label) + expected.Support(label));

    private static double Ratio(double part, double whole) => whole > 0 ? part / whole : double.NaN;

    private static Estimate Around(double value, double variance)
    {
        var distance = Quantile * Math.Sqrt(Math.Max(0, variance));
        return new Estimate(value, Math.Max(0, value - distance), Math.Min(1, value + distance));
    }
}
