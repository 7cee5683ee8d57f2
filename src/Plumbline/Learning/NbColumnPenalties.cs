using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>
/// Naive-Bayes log-count ratios (Wang &amp; Manning 2012) as penalties of columns: an n-gram that occurs as often with a class as with the rest
/// is held near 0, a telling one is let free. With more than two classes the ratios r of class against rest are averaged as squares by
/// class prior. The square root of |r| scales an n-gram, not |r| itself: on dense multi-class data the full ratio was found to underfit.
/// </summary>
internal static class NbColumnPenalties
{
    /// <summary>Squared scale of each column of <paramref name="matrix"/>: |r| for n-grams, 1 for the others.</summary>
    public static float[] Of(FeatureMatrix matrix, int ngrams)
    {
        var classes = matrix.Classes;
        var counts = new int[(long)ngrams * classes];
        var totals = new double[classes];
        var rows = new double[classes];
        foreach (var block in matrix.Blocks)
        {
            for (var row = 0; row < block.Rows; row++)
            {
                var label = block.Labels[row];
                rows[label]++;
                foreach (var index in block.Indices.AsSpan(block.Start(row)..block.Ends[row]))
                {
                    if (index >= ngrams)
                        continue;
                    counts[((long)index * classes) + label]++;
                    totals[label]++;
                }
            }
        }
        var all = totals.Sum();
        var penalties = new float[matrix.Columns];
        Array.Fill(penalties, 1f);
        for (var ngram = 0; ngram < ngrams; ngram++)
        {
            var row = counts.AsSpan(ngram * classes, classes);
            double sum = 0, mean = 0;
            foreach (var count in row)
                sum += count;
            for (var k = 0; k < classes; k++)
            {
                var inside = (row[k] + 1) / (totals[k] + ngrams);
                var outside = (sum - row[k] + 1) / (all - totals[k] + ngrams);
                var ratio = Math.Log(inside / outside);
                mean += rows[k] / matrix.Rows * ratio * ratio;
            }
            penalties[ngram] = (float)Math.Max(1e-4, Math.Sqrt(mean));
        }
        return penalties;
    }
}
