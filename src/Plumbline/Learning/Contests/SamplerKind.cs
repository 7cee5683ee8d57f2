using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Learning.Contests;

/// <summary>Samplers as users name them.</summary>
public enum SamplerKind
{
    Tpe,
    Random,
    Grid,
    CmaEs,
    Nsga2,
}

/// <summary>Pruners as users name them.</summary>
public enum PrunerKind
{
    Median,
    Percentile,
    SuccessiveHalving,
    Hyperband,
    Patient,
    None,
}

/// <summary>Samplers and pruners with the options that suit families.</summary>
internal static class TuningKinds
{
    // Budgets are tens of trials; of fifty, NSGA-II's usual population, all would be random.
    private const int Population = 10;

    /// <summary>Of the percentile's: with those begun before they are told, five run whole.</summary>
    private const int StartupTrials = 2;

    /// <summary>Reports without a better one before the median decides.</summary>
    private const int Patience = 2;

    public static Sampler ToSampler(this ContestOptions options) => options.EffectiveSampler switch
    {
        SamplerKind.Random => new RandomSampler(),
        SamplerKind.Grid => new GridSampler { Points = options.GridPoints ?? ContestOptions.DefaultGridPoints },
        SamplerKind.CmaEs => new CmaEsSampler(),
        SamplerKind.Nsga2 => new Nsga2Sampler { Population = Population },
        _ => new TpeSampler(),
    };

    public static Pruner ToPruner(this ContestOptions options, int leastSteps, int mostSteps) => options.EffectivePruner switch
    {
        PrunerKind.Percentile => new PercentilePruner { Percentile = options.Percentile ?? ContestOptions.DefaultPercentile, StartupTrials = StartupTrials, WarmupSteps = leastSteps - 1 },
        PrunerKind.SuccessiveHalving => new SuccessiveHalvingPruner { MinResource = leastSteps },
        PrunerKind.Hyperband => new HyperbandPruner { MinResource = leastSteps, MaxResource = mostSteps },
        PrunerKind.Patient => new PatientPruner { Patience = Patience, Wrapped = new PercentilePruner { WarmupSteps = leastSteps - 1 } },
        PrunerKind.None => new NoPruner(),
        _ => new PercentilePruner { WarmupSteps = leastSteps - 1 },
    };
}
