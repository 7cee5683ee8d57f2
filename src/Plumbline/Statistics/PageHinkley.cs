namespace Plumbline.Statistics;

/// <summary>
/// Finds that errors became more frequent than probabilities expect: the Page–Hinkley test (Page 1954; Mouss, Mouss, Mouss and Sefouhi 2004) of errors less their chance, against their own mean so
/// far, in standard deviations. So requests that are harder are no change, and what chance alone does varies less. Its state is a few numbers. Not thread-safe.
/// </summary>
internal sealed class PageHinkley
{
    /// <summary>How far above the mean errors may be for nothing, in standard deviations.</summary>
    public const double Tolerance = 0.03;

    /// <summary>How far the sum of what is beyond that must rise above its least.</summary>
    public const double Threshold = 100;

    /// <summary>Before so many, nothing is said.</summary>
    public const int Least = 200;

    public long Labels { get; set; }

    public long Errors { get; set; }

    /// <summary>Σ of errors less their chance, and of the squares of that.</summary>
    public double Surprise { get; set; }

    public double Squares { get; set; }

    /// <summary>Of standardised errors less the tolerance.</summary>
    public double Sum { get; set; }

    /// <summary>The least that the sum was, and what had been counted by then: there the change began.</summary>
    public double LeastSum { get; set; }

    public long LeastLabels { get; set; }

    public long LeastErrors { get; set; }

    /// <param name="chance">Of an error, by the probability of the answer.</param>
    /// <returns>Whether errors are more frequent now than before.</returns>
    public bool Add(bool isError, double chance)
    {
        Labels++;
        Errors += isError ? 1 : 0;
        var surprise = (isError ? 1 : 0) - chance;
        (Surprise, Squares) = (Surprise + surprise, Squares + (surprise * surprise));
        // A right and a wrong label of even chances more: the first labels alone would make a deviation of 0.
        var mean = Surprise / (Labels + 2);
        Sum += ((surprise - mean) / Math.Sqrt(((Squares + 0.5) / (Labels + 2)) - (mean * mean))) - Tolerance;
        if (Sum <= LeastSum || Labels <= Least)
            (LeastSum, LeastLabels, LeastErrors) = (Sum, Labels, Errors);
        return Sum - LeastSum > Threshold;
    }

    /// <summary>Share of errors before the change, if there was one, and since.</summary>
    public (double Before, double After) Means() => (
        LeastLabels == 0 ? double.NaN : (double)LeastErrors / LeastLabels,
        Labels == LeastLabels ? double.NaN : (double)(Errors - LeastErrors) / (Labels - LeastLabels));
}
