using System.Globalization;

namespace Plumbline.Reporting;

/// <summary>An axis of numbers, its ends rounded to ticks. Places go from 0, <paramref name="Low"/>, to 1, <paramref name="High"/>; numbers beyond are put at the end.</summary>
/// <param name="CutsLow">Whether there are numbers below <paramref name="Low"/>.</param>
/// <param name="CutsHigh">Whether there are numbers above <paramref name="High"/>.</param>
internal sealed record ValueAxis(double Low, double High, double Step, bool CutsLow = false, bool CutsHigh = false)
{
    private const int Parts = 4;

    // Further than so many quartile distances from the quartiles lies what would press all others together (Tukey 1977, far out).
    private const double FarOut = 3;

    /// <summary>Holds all the numbers.</summary>
    public static ValueAxis Of(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low > high ? new ValueAxis(0, 1, 0.25) : Round(low, high);
    }

    /// <summary>Holds all the numbers but those far out on the bad side.</summary>
    public static ValueAxis OfMost(IEnumerable<double> values, bool highIsGood)
    {
        var sorted = values.ToArray();
        if (sorted.Length == 0)
            return Of(sorted);
        Array.Sort(sorted);
        var (first, third) = (sorted[(sorted.Length - 1) / 4], sorted[3 * (sorted.Length - 1) / 4]);
        var far = FarOut * (third - first);
        var low = highIsGood && far > 0 ? Math.Max(sorted[0], first - far) : sorted[0];
        var high = !highIsGood && far > 0 ? Math.Min(sorted[^1], third + far) : sorted[^1];
        var axis = Round(low, high);
        return axis with { CutsLow = sorted[0] < axis.Low - (axis.Step / 1e6), CutsHigh = sorted[^1] > axis.High + (axis.Step / 1e6) };
    }

    /// <summary>From 0 to <paramref name="last"/> or a little beyond, by whole numbers.</summary>
    public static ValueAxis OfCounts(int last)
    {
        var step = Math.Max(1, Math.Ceiling(Quantity.RoundUp(last / (double)Parts)));
        return new ValueAxis(0, Math.Max(1, Math.Ceiling(last / step)) * step, step);
    }

    public double Place(double value) => Math.Clamp((value - Low) / (High - Low), 0, 1);

    public IReadOnlyList<AxisTick> Ticks
    {
        get
        {
            var count = (int)Math.Round((High - Low) / Step);
            return [.. Enumerable.Range(0, count + 1).Select(tick => new AxisTick((double)tick / count, Sign(tick, count) + Text(Low + (tick * Step))))];
        }
    }

    private string Sign(int tick, int count) => tick == 0 && CutsLow ? "≤ " : tick == count && CutsHigh ? "≥ " : "";

    private string Text(double value) => Math.Abs(value) >= 1e4 || Step < 1e-4
        ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
        : value.ToString("0." + new string('#', Math.Clamp((int)Math.Ceiling(-Math.Log10(Step)) + 1, 0, 6)), CultureInfo.InvariantCulture);

    private static ValueAxis Round(double low, double high)
    {
        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)))
            (low, high) = (low - Math.Max(1e-3, Math.Abs(low) / 100), high + Math.Max(1e-3, Math.Abs(high) / 100));
        var step = Quantity.RoundUp((high - low) / Parts);
        return new ValueAxis(Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step, step);
    }
}
