namespace Plumbline.Monitoring;

/// <summary>How far labels of predictions have come, by age.</summary>
/// <param name="AgeSeconds">Of the predictions, at least.</param>
/// <param name="Requests">Predictions that are so old.</param>
/// <param name="Labelled">Those of them that had a label by that age.</param>
/// <param name="Completeness">Which part of all labels that ever come has come by that age, as far as it is known.</param>
public sealed record LabelledShare(double AgeSeconds, long Requests, long Labelled, double Completeness)
{
    /// <summary>NaN where nobody counted predictions.</summary>
    public double Share => Requests == 0 ? double.NaN : Math.Min(1, (double)Labelled / Requests);
}

/// <summary>
/// Which part of the labels of predictions has come by their age. Of young predictions late labels cannot be there yet, so each step from one age to the next is reckoned from those alone that are
/// old enough for it (the chain-ladder method: Mack 1993; as reverse hazards: Lagakos, Barraj and De Gruttola 1988). Immutable.
/// </summary>
internal sealed class LabelDelay
{
    /// <summary>Of labels that ever come, as many must have come for a window to be compared.</summary>
    public const double Mature = 0.9;

    private readonly double[] _completeness;

    /// <param name="windows">End, predictions, and first labels by delay, of each.</param>
    public LabelDelay(IReadOnlyList<(DateTimeOffset End, long Requests, QualitySums Sums)> windows, DateTimeOffset now)
    {
        var shares = new LabelledShare[Bounds.Count];
        _completeness = new double[Bounds.Count];
        var complete = 1.0;
        for (var bound = Bounds.Count - 1; bound >= 0; bound--)
        {
            var (requests, labelled, younger) = (0L, 0L, 0L);
            foreach (var window in windows.Where(window => now - window.End >= Bounds[bound]))
            {
                requests += window.Requests;
                labelled += Sum(window.Sums.Delays[..(bound + 1)]);
                younger += Sum(window.Sums.Delays[..bound]);
            }
            _completeness[bound] = complete;
            shares[bound] = new LabelledShare(Bounds[bound].TotalSeconds, requests, labelled, complete);
            complete *= labelled == 0 ? 1 : (double)younger / labelled;
        }
        Shares = shares;
    }

    /// <summary>Ages up to which labels are counted together.</summary>
    public static IReadOnlyList<TimeSpan> Bounds { get; } =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(3), TimeSpan.FromDays(7), TimeSpan.FromDays(14), TimeSpan.FromDays(30),
    ];

    public IReadOnlyList<LabelledShare> Shares { get; }

    public static int IndexOf(TimeSpan delay)
    {
        var index = 0;
        while (index < Bounds.Count && delay > Bounds[index])
            index++;
        return index;
    }

    /// <summary>Of predictions of an age, at least: 0 for those too young to say.</summary>
    public double Completeness(TimeSpan age)
    {
        for (var bound = Bounds.Count - 1; bound >= 0; bound--)
        {
            if (age >= Bounds[bound])
                return _completeness[bound];
        }
        return 0;
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        var sum = 0L;
        foreach (var count in counts)
            sum += count;
        return sum;
    }
}
