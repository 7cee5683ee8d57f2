using Plumbline.Inference.Routing;
using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>Sums of values within 0 and 1, from which mean and variance follow; proportions are such means.</summary>
/// <param name="Squares">Σ value².</param>
/// <param name="Groups">The same by group of units (<see cref="TrafficRouter.GroupOf"/>); empty where each unit has one value.</param>
public sealed record MeanSums(long Count, double Sum, double Squares, IReadOnlyList<GroupSums> Groups)
{
    public static MeanSums None { get; } = new(0, 0, 0, []);

    internal double Mean => Count == 0 ? double.NaN : Sum / Count;

    /// <summary>Of one value, with one more at 0 and one at 1, so that values that were all alike are not taken for certain (Agresti and Caffo 2000).</summary>
    internal double Variance
    {
        get
        {
            var mean = (Sum + 1) / (Count + 2);
            return Math.Max(0, ((Squares + 1) / (Count + 2)) - (mean * mean));
        }
    }

    /// <summary>The mean and its variance, as scores have them.</summary>
    internal ConfusionScore Score => new(Mean, Variance / (Count + 2), Count);

    internal double DesignEffect => GroupSums.DesignEffect(Groups, Variance);

    /// <summary>Whether each value is 0 or 1: of values between no sum of squares equals the sum.</summary>
    internal bool IsProportion => Sum == Squares;

    internal static MeanSums Of(MeanSums first, MeanSums second) =>
        new(first.Count + second.Count, first.Sum + second.Sum, first.Squares + second.Squares, GroupSums.Merge(first.Groups, second.Groups));
}

/// <summary>Values of the units of one group.</summary>
/// <param name="Group">0 to 127.</param>
public sealed record GroupSums(int Group, long Count, double Sum)
{
    // With fewer groups their spread says little.
    private const int Fewest = 20;

    internal static IReadOnlyList<GroupSums> Merge(IReadOnlyList<GroupSums> first, IReadOnlyList<GroupSums> second) => second.Count == 0 ? first : first.Count == 0 ? second :
        [.. first.Concat(second).GroupBy(sums => sums.Group).Select(same => new GroupSums(same.Key, same.Sum(sums => sums.Count), same.Sum(sums => sums.Sum))).OrderBy(sums => sums.Group)];

    /// <summary>
    /// How many times the variance of the mean is that of independent values, because those of one unit are alike: the spread between groups of units over that of as many independent values
    /// (the ratio estimator's linearisation: Cochran 1977, Sampling Techniques, chapter 6; for experiments Deng, Knoblich and Lu 2018, "Applying the delta method in metric analytics"), each group's
    /// with that of the mean without it, so that one unit with many rows does not hide behind a mean that is its own (the jackknife, CR3: Bell and McCaffrey 2002). At least 1. Where there are few groups
    /// each counts as one value.
    /// </summary>
    /// <param name="variance">Of one value.</param>
    internal static double DesignEffect(IReadOnlyList<GroupSums> groups, double variance)
    {
        var (count, sum) = (groups.Sum(group => group.Count), groups.Sum(group => group.Sum));
        if (groups.Count == 0 || count == 0 || variance <= 0)
            return 1;
        if (groups.Count < Fewest)
            return Math.Max(1, (double)count / groups.Count);
        var mean = sum / count;
        var spread = groups.Where(group => group.Count < count).Sum(group => Math.Pow((group.Sum - (mean * group.Count)) / (1 - ((double)group.Count / count)), 2)) * (groups.Count - 1) / groups.Count;
        return Math.Max(1, spread / (variance * count));
    }
}
