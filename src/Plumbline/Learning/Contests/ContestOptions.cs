using Plumbline.Learning.Resampling;
using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>How families compete.</summary>
public sealed record ContestOptions
{
    internal const int DefaultGridPoints = 3;
    internal const double DefaultPercentile = 25;
    private const int UsualFolds = 5;
    private const int MostFolds = 50;

    private static readonly ContestObjective[] MacroF1Alone = [ContestObjective.MacroF1];

    /// <summary>Trials of each family; at least 1.</summary>
    public int Trials { get; init; } = 30;

    /// <summary>After so long no trial of any family is begun: each has a share of it. What is found then depends on the machine. Null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A family's study ends after so many trials without a better one; null: never.</summary>
    public int? WithoutImprovement { get; init; }

    /// <summary>Null: TPE, with several objectives NSGA-II.</summary>
    public SamplerKind? Sampler { get; init; }

    /// <summary>Of each number on the grid of <see cref="SamplerKind.Grid"/>; at least 1. Null: 3.</summary>
    public int? GridPoints { get; init; }

    /// <summary>Null: the median rule, with several objectives none.</summary>
    public PrunerKind? Pruner { get; init; }

    /// <summary>Per cent of the trials, the best ones, that <see cref="PrunerKind.Percentile"/> lets go on; 0 to 100. Null: 25.</summary>
    public double? Percentile { get; init; }

    /// <summary>What trials are judged by. Macro-F1, by which the winner is chosen, is always the first, named or not.</summary>
    public IReadOnlyList<ContestObjective> Objectives { get; init => field = value.Count == 0 ? MacroF1Alone : [.. value.Prepend(ContestObjective.MacroF1).Distinct().Order()]; } = MacroF1Alone;

    /// <summary>A candidate that needs more microseconds for a prediction is not chosen; above 0. Null: no limit.</summary>
    public double? MaxLatencyUs { get; init; }

    /// <summary>A candidate whose parameters are more megabytes (10⁶ bytes) is not chosen; above 0. Null: no limit.</summary>
    public double? MaxSizeMb { get; init; }

    /// <summary>Folds of train and valid together that trials are judged by, 2 to 50; 5 where <see cref="FoldBy"/> alone is given; null: judged on valid.</summary>
    public int? Folds { get => field ?? (FoldBy is null ? null : UsualFolds); init; }

    /// <summary>What decides the fold of a row; null: what decided its split, so far as that can be said of folds.</summary>
    public FoldBy? FoldBy { get; init; }

    /// <summary>Whether the best of each family, voting together and stacked, compete too.</summary>
    public bool Ensemble { get; init; } = true;

    /// <summary>
    /// Of the candidates whose macro-F1 is at most so many standard errors of the paired difference below the best, the simplest wins (Breiman et al. 1984); 0: the best
    /// wins.
    /// </summary>
    public double StandardErrors { get; init; } = 1;

    /// <summary>Whether a new study begins with the best trials of earlier studies of the experiment. What it finds then depends on them.</summary>
    public bool WarmStart { get; init; }

    /// <summary>Whether logistic regression and SVMs may take components of their n-grams as further inputs.</summary>
    public bool Svd { get; init; }

    /// <summary>Whether other processes may run trials of its studies, too. What is found then depends on timing.</summary>
    public bool Shared { get; init; }

    /// <summary>Megabytes (10⁶ bytes) that fits may take at a time by their families' estimates; at least 1. Null: half of what the process may use. No result depends on it.</summary>
    public int? MemoryMb { get; init; }

    internal SamplerKind EffectiveSampler => Sampler ?? (Objectives.Count > 1 ? SamplerKind.Nsga2 : SamplerKind.Tpe);

    internal PrunerKind EffectivePruner => Pruner ?? (Objectives.Count > 1 ? PrunerKind.None : PrunerKind.Median);

    internal long MemoryBytes => MemoryMb is { } megabytes ? megabytes * 1_000_000L : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>What of the options decides what a trial is and gives; all else as it is where nothing is asked for.</summary>
    internal ContestOptions Decisive => new()
    {
        Sampler = EffectiveSampler,
        GridPoints = EffectiveSampler == SamplerKind.Grid ? GridPoints ?? DefaultGridPoints : null,
        Pruner = EffectivePruner,
        Percentile = EffectivePruner == PrunerKind.Percentile ? Percentile ?? DefaultPercentile : null,
        Objectives = Objectives,
        Folds = Folds,
        FoldBy = FoldBy,
        WarmStart = WarmStart,
        Svd = Svd,
        Shared = Shared,
    };

    internal StudyBudget Budget => new(Trials, Timeout, WithoutImprovement);

    /// <summary>Where figures come from: <c>on valid</c>, <c>over 5 folds by user</c>.</summary>
    internal string Judged => Folds is not { } folds ? "on valid"
        : FoldBy is null or Resampling.FoldBy.Stratified ? FormattableString.Invariant($"over {folds} stratified folds")
        : FormattableString.Invariant($"over {folds} folds by {FoldBy.ToString()!.ToLowerInvariant()}");

    /// <summary>Why the same data, options and seed may give another result; null where they give the same.</summary>
    internal string? NotReproducible
    {
        get
        {
            string?[] reasons =
            [
                Objectives.Contains(ContestObjective.Latency) ? "latency is measured, and the measurements lead the search" : null,
                Shared ? "several processes may share its trials, whose order then depends on timing" : null,
                Timeout is not null ? "it ends by the clock" : null,
                WarmStart ? "it begins with what earlier studies found" : null,
            ];
            return string.Join("; ", reasons.OfType<string>()) is { Length: > 0 } why ? why : null;
        }
    }

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        Budget.Validate();
        if (!(StandardErrors >= 0) || !double.IsFinite(StandardErrors))
            throw new ArgumentException($"standard_errors: {StandardErrors} is below 0.");
        if (Folds is < 2 or > MostFolds)
            throw new ArgumentException($"folds: {Folds} is not within 2 to {MostFolds}.");
        if (MemoryMb < 1)
            throw new ArgumentException($"memory_mb: {MemoryMb} is below 1.");
        ValidateTuning();
        ValidateObjectives();
    }

    private void ValidateTuning()
    {
        if (GridPoints < 1)
            throw new ArgumentException($"grid_points: {GridPoints} is below 1.");
        if (Percentile is { } percentile && !(percentile >= 0 && percentile <= 100))
            throw new ArgumentException($"percentile: {percentile} is not within 0 to 100.");
        // Ignored they would mislead.
        if (GridPoints is not null && EffectiveSampler != SamplerKind.Grid)
            throw new ArgumentException("grid_points is for the sampler grid; choose that, or leave it out.");
        if (Percentile is not null && EffectivePruner != PrunerKind.Percentile)
            throw new ArgumentException("percentile is for the pruner percentile; choose that, or leave it out.");
        if (WarmStart && EffectiveSampler == SamplerKind.Grid)
            throw new ArgumentException("warm_start: a grid has its own trials and no others; choose another sampler, or leave it out.");
    }

    private void ValidateObjectives()
    {
        if (Objectives.Count > 1 && EffectiveSampler == SamplerKind.CmaEs)
            throw new ArgumentException("sampler: cma_es has one objective; with several use nsga2, which is the default then, or tpe, random or grid.");
        if (Objectives.Count > 1 && EffectivePruner != PrunerKind.None)
            throw new ArgumentException("pruner: with several objectives no intermediate value says which trial is worse; leave it out, or use none.");
        ValidateLimit(MaxLatencyUs, "max_latency_us", ContestObjective.Latency, "latency");
        ValidateLimit(MaxSizeMb, "max_size_mb", ContestObjective.Size, "size");
    }

    private void ValidateLimit(double? limit, string name, ContestObjective objective, string objectiveName)
    {
        if (limit is not { } most)
            return;
        if (!(most > 0) || !double.IsFinite(most))
            throw new ArgumentException($"{name}: {most} is not above 0.");
        if (!Objectives.Contains(objective))
            throw new ArgumentException($"{name}: {objectiveName} is not among the objectives, so that no trial has one; add it (objectives: [macro_f1, {objectiveName}]).");
    }
}
