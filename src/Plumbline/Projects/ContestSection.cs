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
            Sampler = contest.Choice<SamplerKind>("sampler") ?? defaults.Sampler,
            Pruner = contest.Choice<PrunerKind>("pruner") ?? defaults.Pruner,
            Folds = contest.Number<int>("folds"),
            FoldBy = contest.Choice<FoldBy>("fold_by"),
            Ensemble = contest.Flag("ensemble") ?? defaults.Ensemble,
            StandardErrors = contest.Number<double>("standard_errors") ?? defaults.StandardErrors,
            WarmStart = contest.Flag("warm_start") ?? defaults.WarmStart,
        };
        contest.Finish(keys);
        return contest.IsPresent ? options : null;
    }
}
