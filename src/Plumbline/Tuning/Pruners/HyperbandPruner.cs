using Plumbline.Statistics;

namespace Plumbline.Tuning.Pruners;

/// <summary>
/// Hyperband (Li et al. 2018) over asynchronous successive halving: brackets that differ in when their first rung comes, as no one value is right for every problem. A trial belongs
/// to bracket s with a share in proportion to ⌈(B)·η^(B−1−s) ÷ (B−s)⌉ of B = ⌊log_η(max ÷ min)⌋ + 1 brackets, by its number, and competes within it.
/// </summary>
public sealed record HyperbandPruner : Pruner
{
    public int MinResource { get; init; } = 1;

    /// <summary>Step at which a trial is finished.</summary>
    public required int MaxResource { get; init; }

    /// <summary>η.</summary>
    public int ReductionFactor { get; init; } = 3;

    internal override void Validate()
    {
        AtLeast(MinResource, 1, "min_resource");
        AtLeast(ReductionFactor, 2, "reduction_factor");
        AtLeast(MaxResource, MinResource, "max_resource");
    }

    internal override bool ShouldPrune(PruningContext context)
    {
        var bracket = BracketOf(context.Number);
        var halving = new SuccessiveHalvingPruner { MinResource = MinResource, ReductionFactor = ReductionFactor, MinEarlyStoppingRate = bracket };
        return halving.ShouldPrune(context with { Finished = [.. context.Finished.Where(trial => BracketOf(trial.Number) == bracket)] });
    }

    internal int Brackets
    {
        get
        {
            var brackets = 1;
            for (var resource = (long)MinResource * ReductionFactor; resource <= MaxResource; resource *= ReductionFactor)
                brackets++;
            return brackets;
        }
    }

    internal int BracketOf(int number)
    {
        var brackets = Brackets;
        var shares = new double[brackets];
        for (var s = 0; s < brackets; s++)
            shares[s] = Math.Ceiling(brackets * Math.Pow(ReductionFactor, brackets - 1 - s) / (brackets - s));
        var left = new RandomSource((ulong)number).NextDouble() * shares.Sum();
        var bracket = 0;
        while (bracket < brackets - 1 && left >= shares[bracket])
            left -= shares[bracket++];
        return bracket;
    }
}
