using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Learning.Contests;

/// <summary>Samplers as users name them.</summary>
public enum SamplerKind
{
    Tpe,
    Random,
}

/// <summary>Pruners as users name them.</summary>
public enum PrunerKind
{
    Median,
    SuccessiveHalving,
    Hyperband,
    None,
}

/// <summary>Samplers and pruners with the options that suit families.</summary>
internal static class TuningKinds
{
    public static Sampler ToSampler(this SamplerKind kind) => kind switch
    {
        SamplerKind.Random => new RandomSampler(),
        _ => new TpeSampler(),
    };

    public static Pruner ToPruner(this PrunerKind kind, int leastSteps, int mostSteps) => kind switch
    {
        PrunerKind.SuccessiveHalving => new SuccessiveHalvingPruner { MinResource = leastSteps },
        PrunerKind.Hyperband => new HyperbandPruner { MinResource = leastSteps, MaxResource = mostSteps },
        PrunerKind.None => new NoPruner(),
        _ => new PercentilePruner { WarmupSteps = leastSteps - 1 },
    };
}
