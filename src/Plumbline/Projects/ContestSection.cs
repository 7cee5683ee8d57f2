using Plumbline.Learning.Contests;
using Plumbline.Learning.Resampling;

namespace Plumbline.Projects;

/// <summary>Reads <c>train.contest</c>.</summary>
internal static class ContestSection
{
    private const double LongestSeconds = 30 * 86400;

    /// <returns>Null where there is none.</returns>
    public static ContestOptions? Read(YamlSection contest, List<string> keys)
    {
        var defaults = new ContestOptions();
        var options = new ContestOptions
        {
            Trials = contest.Number<int>("trials") ?? defaults.Trials,
            Timeout = contest.Seconds("timeout_seconds", LongestSeconds),
            WithoutImprovement = contest.Number<int>("without_improvement"),
            Sampler = contest.Choice<SamplerKind>("sampler"),
            GridPoints = contest.Number<int>("grid_points"),
            Pruner = contest.Choice<PrunerKind>("pruner"),
            Percentile = contest.Number<double>("percentile"),
            Objectives = contest.Choices<ContestObjective>("objectives") ?? defaults.Objectives,
            MaxLatencyUs = contest.Number<double>("max_latency_us"),
            MaxSizeMb = contest.Number<double>("max_size_mb"),
            Folds = contest.Number<int>("folds"),
            FoldBy = contest.Choice<FoldBy>("fold_by"),
            Ensemble = contest.Flag("ensemble") ?? defaults.Ensemble,
            StandardErrors = contest.Number<double>("standard_errors") ?? defaults.StandardErrors,
            WarmStart = contest.Flag("warm_start") ?? defaults.WarmStart,
            Svd = contest.Flag("svd") ?? defaults.Svd,
            Shared = contest.Flag("shared") ?? defaults.Shared,
            MemoryMb = contest.Number<int>("memory_mb"),
        };
        contest.Finish(keys);
        return contest.IsPresent ? options : null;
    }
}
