namespace Plumbline.Tuning.Pruners;

/// <summary>
/// Asynchronous successive halving (Li et al. 2020). Rung r is reached at step MinResource·η^(s + r); at each rung a trial goes on only if it is among the best 1/η of
/// those that reached it so far, itself included, or the best of fewer than η.
/// </summary>
public sealed record SuccessiveHalvingPruner : Pruner
{
    /// <summary>Step of the first rung where <see cref="MinEarlyStoppingRate"/> is 0.</summary>
    public int MinResource { get; init; } = 1;

    /// <summary>η.</summary>
    public int ReductionFactor { get; init; } = 4;

    /// <summary>s.</summary>
    public int MinEarlyStoppingRate { get; init; }

    internal override void Validate()
    {
        AtLeast(MinResource, 1, "min_resource");
        AtLeast(ReductionFactor, 2, "reduction_factor");
        AtLeast(MinEarlyStoppingRate, 0, "min_early_stopping_rate");
    }

    internal override bool ShouldPrune(PruningContext context)
    {
        var before = context.Values.Count > 1 ? context.Values[^2].Step : 0;
        for (var rung = MinResource * Math.Pow(ReductionFactor, MinEarlyStoppingRate); rung <= context.Last.Step; rung *= ReductionFactor)
        {
            if (rung > before && !IsPromoted(context, rung))
                return true;
        }
        return false;
    }

    private bool IsPromoted(PruningContext context, double rung)
    {
        var own = context.Loss(context.Last.Value);
        if (double.IsNaN(own))
            return false;
        var (reached, better) = (1, 0);
        foreach (var trial in context.Finished)
        {
            var index = FirstFrom(trial.Intermediate, rung);
            if (index == trial.Intermediate.Count)
                continue;
            reached++;
            better += context.Loss(trial.Intermediate[index].Value) < own ? 1 : 0;
        }
        return better < Math.Max(reached / ReductionFactor, 1);
    }

    private static int FirstFrom(IReadOnlyList<IntermediateValue> values, double rung)
    {
        var (low, high) = (0, values.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (values[middle].Step < rung)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
