using System.Globalization;

namespace Plumbline.Datasets.Aggregates;

/// <summary>Labels as integers in millionths, so that sums are exact and independent of their order.</summary>
public static class LabelValue
{
    /// <summary>Millionths in 1.</summary>
    public const long Scale = 1_000_000;

    /// <summary>Stands for a label that is absent.</summary>
    public const long None = long.MinValue;

    /// <summary>Greatest magnitude of a label; leaves room for nine million labels of it in one sum.</summary>
    public const double Limit = 1e6;

    /// <summary>Rounds half to even.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number, or beyond <see cref="Limit"/>.</exception>
    public static long ToFixed(double value) => TryToFixed(value, out var result)
        ? result
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"A label that is averaged must be a number from -{Limit:N0} to {Limit:N0}.");

    /// <summary>The value of each of a data set's labels: its own where all are numbers, 0 and 1 where there are two; null where labels have no order.</summary>
    /// <param name="labels">In the data set's order.</param>
    public static long[]? OfLabels(IReadOnlyList<string> labels)
    {
        var values = new long[labels.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.TryParse(labels[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !TryToFixed(number, out values[i]))
                return labels.Count == 2 ? [0, Scale] : null;
        }
        return values;
    }

    public static bool TryToFixed(double value, out long result)
    {
        // Also false for NaN.
        var fits = Math.Abs(value) <= Limit;
        result = fits ? (long)Math.Round(value * Scale, MidpointRounding.ToEven) : None;
        return fits;
    }
}
