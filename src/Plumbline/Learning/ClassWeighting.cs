namespace Plumbline.Learning;

/// <summary>What a class's loss is multiplied by: (n / (K·n_k)) to this power, so that rare classes count more.</summary>
public enum ClassWeighting
{
    /// <summary>Every row counts 1.</summary>
    Natural,

    /// <summary>Square root of balanced.</summary>
    Sqrt,

    /// <summary>Every class counts the same, as scikit-learn's <c>balanced</c>.</summary>
    Balanced,
}

internal static class ClassWeights
{
    /// <summary>Weight of each class; null where all are 1.</summary>
    public static float[]? Of(ClassWeighting weighting, ReadOnlySpan<int> labels, int classes)
    {
        if (weighting == ClassWeighting.Natural)
            return null;
        var counts = Counts(labels, classes);
        var power = weighting == ClassWeighting.Sqrt ? 0.5 : 1;
        var total = labels.Length;
        return [.. counts.Select(count => count == 0 ? 1 : (float)Math.Pow(total / ((double)classes * count), power))];
    }

    public static int[] Counts(ReadOnlySpan<int> labels, int classes)
    {
        var counts = new int[classes];
        foreach (var label in labels)
            counts[label]++;
        return counts;
    }
}
