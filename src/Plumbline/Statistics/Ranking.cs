namespace Plumbline.Statistics;

/// <summary>
/// How well a class's probability ranks its rows above all others (one against the rest). Rows of equal probability are
/// one threshold: ties count by midranks in ROC-AUC and share one precision in average precision.
/// </summary>
/// <param name="RocAuc">Chance that a row of the class outranks another row; NaN unless both kinds exist.</param>
/// <param name="AveragePrecision">Σ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds, as in scikit-learn; NaN for a class without rows.</param>
/// <param name="Roc">True positive rate over false positive rate; null where undefined or not asked for.</param>
/// <param name="PrecisionRecall">Precision over recall; null where undefined or not asked for.</param>
internal sealed record Ranking(double RocAuc, double AveragePrecision, Curve? Roc, Curve? PrecisionRecall)
{
    // Leaves room for the start, for both ends of a final vertical stretch, and for rounding.
    private const int Steps = Curve.MaxPoints - 4;

    /// <param name="truth">Index of each row's true label.</param>
    /// <param name="probabilities">Row-major, at least 0; <paramref name="classes"/> a row.</param>
    /// <param name="label">The class that is set against the rest.</param>
    public static Ranking OneVersusRest(ReadOnlySpan<int> truth, ReadOnlySpan<float> probabilities, int classes, int label, bool withCurves)
    {
        // The bits of floats of one sign sort like the floats, and leave room for one more: whether the row is of the class.
        var keys = new uint[truth.Length];
        var positives = 0;
        for (var row = 0; row < keys.Length; row++)
        {
            var isPositive = truth[row] == label ? 1u : 0u;
            positives += (int)isPositive;
            keys[row] = (BitConverter.SingleToUInt32Bits(probabilities[(row * classes) + label]) << 1) | isPositive;
        }
        var negatives = keys.Length - positives;
        if (positives == 0)
            return new Ranking(double.NaN, double.NaN, null, null);
        Array.Sort(keys);
        return Walk(keys, positives, negatives, withCurves);
    }

    private static Ranking Walk(uint[] ascending, int positives, int negatives, bool withCurves)
    {
        var roc = new List<(double, double)> { (0, 0) };
        var precisionRecall = new List<(double, double)> { (0, 1) };
        var (area, averagePrecision) = (0.0, 0.0);
        var (truePositives, falsePositives) = (0L, 0L);
        var (nextRoc, nextPrecisionRecall) = (0.0, 0.0);
        for (var end = ascending.Length - 1; end >= 0;)
        {
            var (hitsBefore, alarmsBefore) = (truePositives, falsePositives);
            var threshold = ascending[end] >> 1;
            for (; end >= 0 && ascending[end] >> 1 == threshold; end--)
            {
                truePositives += ascending[end] & 1;
                falsePositives += ~ascending[end] & 1;
            }
            area += (falsePositives - alarmsBefore) * ((hitsBefore + truePositives) / 2.0);
            var precision = (double)truePositives / (truePositives + falsePositives);
            averagePrecision += (double)(truePositives - hitsBefore) / positives * precision;
            if (!withCurves)
                continue;
            // Recall, and for ROC the sum of both rates, only grow: even steps of them thin the curves evenly.
            var (recall, fallOut) = ((double)truePositives / positives, negatives == 0 ? 0 : (double)falsePositives / negatives);
            if (recall + fallOut >= nextRoc || end < 0)
            {
                roc.Add((fallOut, recall));
                nextRoc = (Math.Floor((recall + fallOut) / 2 * Steps) + 1) * 2 / Steps;
            }
            if (recall >= nextPrecisionRecall || end < 0)
            {
                precisionRecall.Add((recall, precision));
                nextPrecisionRecall = (Math.Floor(recall * Steps) + 1) / Steps;
            }
        }
        return new Ranking(
            negatives == 0 ? double.NaN : area / positives / negatives,
            averagePrecision,
            withCurves && negatives > 0 ? Curve.From(roc) : null,
            withCurves ? Curve.From(precisionRecall) : null);
    }
}
