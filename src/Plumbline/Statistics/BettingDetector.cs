namespace Plumbline.Statistics;

/// <summary>
/// Evidence that the mean of a score has risen, since any time: the Shiryaev–Roberts e-detector (Shin, Ramdas &amp; Rinaldo 2023) over bets against the mean so far (Waudby-Smith &amp; Ramdas 2023). With score x ≥ 0, the mean m of all
/// before, and a stake s, evidence E becomes (1 + E)·(1 − s + s·x ÷ m): the sum, over all places where a change may have begun, of what a gambler would have made since who stakes s of what he has on each score. While the mean stays
/// as it is, E is n on average after n scores, whatever their distribution; so it comes to A within n of them with a chance of at most n ÷ A. Not thread-safe.
/// </summary>
internal sealed class BettingDetector
{
    /// <summary>Scores of 1 that are counted before the first: the mean that is expected.</summary>
    private const int Expected = 20;

    public long Rows { get; set; }

    /// <summary>Their sum.</summary>
    public double Scores { get; set; }

    /// <summary>By stake.</summary>
    public double[] Evidence { get; set; } = [];

    /// <summary>Mean over the stakes.</summary>
    public double MeanEvidence()
    {
        var sum = 0.0;
        foreach (var evidence in Evidence)
            sum += evidence;
        return Evidence.Length == 0 ? 0 : sum / Evidence.Length;
    }

    /// <param name="score">At least 0, and 1 on average if all is as expected; that it is not is learnt.</param>
    /// <param name="stakes">Within 0 and 1, always as many.</param>
    /// <param name="counts">Whether it is bet on, or only the mean is learnt.</param>
    public void Add(double score, ReadOnlySpan<double> stakes, bool counts)
    {
        var ratio = score * (Rows + Expected) / (Scores + Expected);
        (Rows, Scores) = (Rows + 1, Scores + score);
        if (Evidence.Length != stakes.Length)
            Evidence = new double[stakes.Length];
        if (!counts)
            return;
        for (var i = 0; i < stakes.Length; i++)
            Evidence[i] = (1 + Evidence[i]) * (1 - stakes[i] + (stakes[i] * ratio));
    }
}
