namespace Plumbline.Statistics;

/// <summary>
/// Finds that errors became more frequent: the Page–Hinkley test (Page 1954; Mouss, Mouss, Mouss and Sefouhi 2004) of errors against their own mean so far, in standard deviations of one
/// error. Its state is what it has counted, a few numbers. Not thread-safe.
/// </summary>
internal sealed class PageHinkley
{
    /// <summary>How far above the mean errors may be for nothing, in standard deviations.</summary>
    public const double Tolerance = 0.03;

    /// <summary>How far the sum of what is beyond that must rise above its least.</summary>
    public const double Threshold = 65;

    /// <summary>Before so many, nothing is said.</summary>
    public const int Least = 200;

    public long Labels { get; set; }

    public long Errors { get; set; }

    /// <summary>Of standardised errors less the tolerance.</summary>
    public double Sum { get; set; }

    /// <summary>The least that the sum was, and what had been counted by then: there the change began.</summary>
    public double LeastSum { get; set; }

    public long LeastLabels { get; set; }

    public long LeastErrors { get; set; }

    /// <returns>Whether errors are more frequent now than before.</returns>
    public bool Add(bool isError)
    {
        Labels++;
        Errors += isError ? 1 : 0;
        // A right and a wrong label more: the first labels alone would make a deviation of 0.
        var mean = (Errors + 1.0) / (Labels + 2);
        Sum += (((isError ? 1 : 0) - mean) / Math.Sqrt(mean * (1 - mean))) - Tolerance;
        if (Sum <= LeastSum || Labels <= Least)
            (LeastSum, LeastLabels, LeastErrors) = (Sum, Labels, Errors);
        return Sum - LeastSum > Threshold;
    }

    /// <summary>Share of errors before the change, if there was one, and since.</summary>
    public (double Before, double After) Means() => (
        LeastLabels == 0 ? double.NaN : (double)LeastErrors / LeastLabels,
        Labels == LeastLabels ? double.NaN : (double)(Errors - LeastErrors) / (Labels - LeastLabels));
}
