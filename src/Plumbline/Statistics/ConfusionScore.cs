namespace Plumbline.Statistics;

/// <summary>
/// A score of a confusion matrix, with the variance of the score by the delta method: the score is a smooth function of the cells' shares, and each row moves it by its
/// influence (Takahashi, Yamamoto, Kuchiba and Koyama 2022, "Confidence interval for micro-averaged F1 and macro-averaged F1 scores", Applied Intelligence 52). Conventions are those of
/// <see cref="LabelCounts"/>.
/// </summary>
/// <param name="Rows">That the score is over: all, those of the label (recall), those predicted it (precision), or those that are either (F1 of a label).</param>
/// <param name="Variance">Of the score, as it would vary over as many new rows.</param>
internal readonly record struct ConfusionScore(double Value, double Variance, long Rows)
{
    /// <param name="cells">Row-major: <paramref name="classes"/> predicted labels for each true one; none below 0.</param>
    public static ConfusionScore Accuracy(ReadOnlySpan<long> cells, int classes)
    {
        var (hits, rows) = (0L, 0L);
        for (var cell = 0; cell < cells.Length; cell++)
        {
            rows += cells[cell];
            hits += cell / classes == cell % classes ? cells[cell] : 0;
        }
        return Proportion(hits, rows);
    }

    public static ConfusionScore Recall(ReadOnlySpan<long> cells, int classes, int label)
    {
        var support = 0L;
        for (var other = 0; other < classes; other++)
            support += cells[(label * classes) + other];
        return Proportion(cells[(label * classes) + label], support);
    }

    public static ConfusionScore Precision(ReadOnlySpan<long> cells, int classes, int label)
    {
        var predicted = 0L;
        for (var other = 0; other < classes; other++)
            predicted += cells[(other * classes) + label];
        return Proportion(cells[(label * classes) + label], predicted);
    }

    /// <summary>2·hits/D, with D the rows that are the label and those predicted it: a hit moves it by (2 − 2·F1)/D, a miss of either kind by −F1/D.</summary>
    public static ConfusionScore F1(ReadOnlySpan<long> cells, int classes, int label)
    {
        var (recall, precision) = (Recall(cells, classes, label), Precision(cells, classes, label));
        var (hits, both) = (cells[(label * classes) + label], recall.Rows + precision.Rows);
        // A right and a wrong row more, as below.
        var (near, all) = (hits + 1.0, both + 3.0);
        var f1 = 2 * near / all;
        var variance = ((near * 4 * (1 - f1) * (1 - f1)) + ((all - (2 * near)) * f1 * f1)) / (all * all);
        return new ConfusionScore(both == 0 ? 0 : 2.0 * hits / both, variance, both - hits);
    }

    /// <summary>
    /// Mean of F1 over the labels of which either a true or a predicted row is there. The variance is that of cells with a right and a wrong row more of each label, so that scores of 1 are
    /// not taken for certain.
    /// </summary>
    public static ConfusionScore MacroF1(ReadOnlySpan<long> cells, int classes)
    {
        var (occurs, rows) = (new bool[classes], 0L);
        for (var cell = 0; cell < cells.Length; cell++)
        {
            rows += cells[cell];
            if (cells[cell] > 0)
                occurs[cell / classes] = occurs[cell % classes] = true;
        }
        int[] labels = [.. Enumerable.Range(0, classes).Where(label => occurs[label])];
        var near = cells.ToArray();
        for (var i = 0; i < labels.Length; i++)
        {
            near[(labels[i] * classes) + labels[i]]++;
            near[(labels[i] * classes) + labels[(i + 1) % labels.Length]]++;
        }
        return new ConfusionScore(Influence(cells, classes, labels).Score, Influence(near, classes, labels).Variance, rows);
    }

    /// <summary>The score, and the sum over rows of the square of what each moves it by: Σ over its labels k of (2·[hit] − F1ₖ·([is k] + [predicted k])) / Dₖ.</summary>
    private static (double Score, double Variance) Influence(ReadOnlySpan<long> cells, int classes, int[] labels)
    {
        var twice = new double[classes];
        for (var cell = 0; cell < cells.Length; cell++)
        {
            twice[cell / classes] += cells[cell];
            twice[cell % classes] += cells[cell];
        }
        var (score, variance) = (0.0, 0.0);
        var (ofRow, ofHit) = (new double[classes], new double[classes]);
        foreach (var label in labels)
        {
            var f1 = 2 * cells[(label * classes) + label] / twice[label];
            score += f1 / labels.Length;
            ofRow[label] = -f1 / twice[label] / labels.Length;
            ofHit[label] = 2 / twice[label] / labels.Length;
        }
        for (var cell = 0; cell < cells.Length; cell++)
        {
            var (truth, predicted) = (cell / classes, cell % classes);
            var influence = ofRow[truth] + ofRow[predicted] + (truth == predicted ? ofHit[truth] : 0);
            variance += cells[cell] * influence * influence;
        }
        return (score, variance);
    }

    /// <summary>The variance with one row more of each kind (Agresti and Caffo 2000), so that a score of 0 or 1 is not taken for certain.</summary>
    private static ConfusionScore Proportion(long hits, long rows)
    {
        var near = (hits + 1.0) / (rows + 2);
        return new ConfusionScore(rows == 0 ? 0 : (double)hits / rows, near * (1 - near) / (rows + 2), rows);
    }
}
