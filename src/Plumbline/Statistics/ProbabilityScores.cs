namespace Plumbline.Statistics;

/// <summary>
/// Proper scores of predicted probabilities: row-major, one row for each true label, rows that sum to 1. Natural
/// logarithms; sums are taken in row order. NaN for no rows.
/// </summary>
internal static class ProbabilityScores
{
    /// <summary>2⁻²³, the distance from 1 to the next float: what scikit-learn clips float32 probabilities to.</summary>
    private const double FloatEpsilon = 1.0 / (1 << 23);

    /// <summary>Mean of −ln p(truth), p clipped to [2⁻²³, 1 − 2⁻²³].</summary>
    public static double LogLoss(ReadOnlySpan<int> truth, ReadOnlySpan<float> probabilities, int classes)
    {
        var sum = 0.0;
        for (var row = 0; row < truth.Length; row++)
            sum -= Math.Log(Math.Clamp(probabilities[(row * classes) + truth[row]], FloatEpsilon, 1 - FloatEpsilon));
        return sum / truth.Length;
    }

    /// <summary>Mean over rows of Σₖ (pₖ − [truth = k])², in [0, 2] (Brier 1950): for two classes twice the one-sided score.</summary>
    public static double Brier(ReadOnlySpan<int> truth, ReadOnlySpan<float> probabilities, int classes)
    {
        var sum = 0.0;
        for (var row = 0; row < truth.Length; row++)
        {
            for (var label = 0; label < classes; label++)
            {
                var error = probabilities[(row * classes) + label] - (label == truth[row] ? 1.0 : 0.0);
                sum += error * error;
            }
        }
        return sum / truth.Length;
    }

    /// <summary>Index of the largest probability of each row; the first one of equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var label = 1; label < row.Length; label++)
        {
            if (row[label] > row[best])
                best = label;
        }
        return best;
    }
}
