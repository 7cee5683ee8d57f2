using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>Which n-grams tell most of the label, and which are the most frequent. Immutable and thread-safe.</summary>
internal sealed class NgramRanking
{
    /// <summary>Counts by n-gram and class that are held at a time; beyond, the rows are read once a part.</summary>
    private const int MostCounts = 1 << 25;

    private readonly int[] _frequencies;
    private readonly Lazy<int[]> _byChiSquare;
    private readonly Lazy<int[]> _byFrequency;

    private NgramRanking(int[] frequencies, double[] chiSquares)
    {
        _frequencies = frequencies;
        _byChiSquare = new Lazy<int[]>(() => Ranked(chiSquares));
        _byFrequency = new Lazy<int[]>(() => Ranked(_frequencies));
    }

    /// <summary>
    /// Pearson's χ² of presence in a row by class, highest first (Yang &amp; Pedersen 1997), without those that no row has; equal ones by index.
    /// </summary>
    public ReadOnlySpan<int> ByChiSquare => _byChiSquare.Value;

    /// <summary>Those in the most rows first, without those that no row has; equal ones by index.</summary>
    public ReadOnlySpan<int> ByFrequency => _byFrequency.Value;

    public static NgramRanking Of(FeatureMatrix matrix, int ngrams)
    {
        var classes = matrix.Classes;
        var rows = ClassWeights.Counts(matrix.Labels(), classes);
        var frequencies = new int[ngrams];
        var chiSquares = new double[ngrams];
        var part = Math.Max(1, Math.Min(ngrams, MostCounts / classes));
        var counts = new int[part * classes];
        for (var first = 0; first < ngrams; first += part)
        {
            Count(matrix, first, Math.Min(ngrams - first, part), counts);
            for (var ngram = first; ngram < Math.Min(ngrams, first + part); ngram++)
            {
                var row = counts.AsSpan((ngram - first) * classes, classes);
                foreach (var count in row)
                    frequencies[ngram] += count;
                chiSquares[ngram] = ChiSquare(row, frequencies[ngram], rows, matrix.Rows);
            }
        }
        return new NgramRanking(frequencies, chiSquares);
    }

    private static void Count(FeatureMatrix matrix, int first, int ngrams, int[] counts)
    {
        Array.Clear(counts);
        foreach (var block in matrix.Blocks)
        {
            for (var row = 0; row < block.Rows; row++)
            {
                var label = block.Labels[row];
                foreach (var index in block.Indices.AsSpan(block.Start(row)..block.Ends[row]))
                {
                    if ((uint)(index - first) < (uint)ngrams)
                        counts[((index - first) * matrix.Classes) + label]++;
                }
            }
        }
    }

    /// <summary>Over the table of present and absent by class.</summary>
    private static double ChiSquare(ReadOnlySpan<int> present, int frequency, int[] rows, int all)
    {
        if (frequency == 0 || frequency == all)
            return 0;
        double sum = 0;
        for (var k = 0; k < rows.Length; k++)
        {
            var expected = (double)frequency * rows[k] / all;
            if (expected > 0)
                sum += (present[k] - expected) * (present[k] - expected) / expected;
        }
        return sum * all / (all - frequency);
    }

    private int[] Ranked<TKey>(TKey[] keys)
        where TKey : IComparable<TKey>
    {
        var order = Enumerable.Range(0, keys.Length).Where(ngram => _frequencies[ngram] > 0).ToArray();
        Array.Sort(order, (a, b) => keys[b].CompareTo(keys[a]) is var byKey and not 0 ? byKey : a.CompareTo(b));
        return order;
    }
}
