namespace Plumbline.Statistics;

/// <summary>
/// ADWIN2 (Bifet &amp; Gavaldà 2007) over errors: a window that is cut where its two parts differ by more than chance explains. Kept as an exponential histogram, five buckets of each power of two, so that n labels take
/// some 5·log₂ n numbers. Not thread-safe.
/// </summary>
internal sealed class AdaptiveWindow
{
    /// <summary>Bound on the chance of a cut where nothing changed, at each look.</summary>
    public const double Delta = 0.002;

    private const int MostOfASize = 5;

    /// <summary>It is looked for cuts after so many labels; and no part is shorter.</summary>
    private const int Period = 32;

    /// <summary>Errors in the buckets of 1, 2, 4 … labels, of each size the oldest first.</summary>
    public List<List<int>> Buckets { get; set; } = [];

    /// <summary>Of the window.</summary>
    public long Labels { get; set; }

    public long Errors { get; set; }

    /// <summary>Labels seen since the last look.</summary>
    public int Unlooked { get; set; }

    /// <param name="change">Receives the share of errors before and after the cut.</param>
    /// <returns>Whether the window was cut, and errors are more frequent now than before.</returns>
    public bool Add(bool isError, out (double Before, double After) change)
    {
        change = default;
        Labels++;
        Errors += isError ? 1 : 0;
        Append(isError ? 1 : 0);
        if (++Unlooked < Period)
            return false;
        Unlooked = 0;
        var isWorse = false;
        while (FindCut() is { } cut)
        {
            if (cut.After > cut.Before && !isWorse)
                (isWorse, change) = (true, cut);
            DropOldest();
        }
        return isWorse;
    }

    private void Append(int errors)
    {
        for (var size = 0; ; size++)
        {
            if (size == Buckets.Count)
                Buckets.Add([]);
            Buckets[size].Add(errors);
            if (Buckets[size].Count <= MostOfASize)
                return;
            errors = Buckets[size][0] + Buckets[size][1];
            Buckets[size].RemoveRange(0, 2);
        }
    }

    private void DropOldest()
    {
        var oldest = Buckets[^1];
        (Labels, Errors) = (Labels - (1L << (Buckets.Count - 1)), Errors - oldest[0]);
        oldest.RemoveAt(0);
        while (Buckets.Count > 0 && Buckets[^1].Count == 0)
            Buckets.RemoveAt(Buckets.Count - 1);
    }

    /// <summary>The oldest place at which both parts differ too much; null: there is none.</summary>
    private (double Before, double After)? FindCut()
    {
        var mean = (double)Errors / Labels;
        var (variance, bound) = (mean * (1 - mean), Math.Log(2 * Math.Log(Labels) / Delta));
        var (labels, errors) = (0L, 0L);
        for (var size = Buckets.Count - 1; size >= 0; size--)
        {
            foreach (var bucket in Buckets[size])
            {
                (labels, errors) = (labels + (1L << size), errors + bucket);
                if (Labels - labels < Period)
                    return null;
                if (labels < Period)
                    continue;
                var (before, after) = ((double)errors / labels, (double)(Errors - errors) / (Labels - labels));
                var shortness = (1.0 / labels) + (1.0 / (Labels - labels));
                if (Math.Abs(before - after) > Math.Sqrt(2 * shortness * variance * bound) + (2.0 / 3 * shortness * bound))
                    return (before, after);
            }
        }
        return null;
    }
}
