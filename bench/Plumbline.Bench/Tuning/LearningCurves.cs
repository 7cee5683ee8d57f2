using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Pruners;

namespace Plumbline.Bench.Tuning;

/// <summary>
/// Trials that get better step by step, as fits do: Hartmann-6 is what a trial ends at, its loss before falls to it by e every 3 to 9 steps, with noise of a hundredth of
/// the function's range. What pruners save and lose.
/// </summary>
internal static class LearningCurves
{
    private const int Steps = 27;

    public static IReadOnlyList<(string Name, Pruner Pruner)> Pruners { get; } =
    [
        ("none", new NoPruner()),
        ("median", new PercentilePruner()),
        ("percentile 25", new PercentilePruner { Percentile = 25 }),
        ("successive halving, η 3", new SuccessiveHalvingPruner { ReductionFactor = 3 }),
        ("successive halving, η 3 from step 3", new SuccessiveHalvingPruner { MinResource = 3, ReductionFactor = 3 }),
        ("hyperband", new HyperbandPruner { MaxResource = Steps }),
        ("patient median", new PatientPruner { Patience = 2, Wrapped = new PercentilePruner() }),
    ];

    /// <returns>What the best trial ends at, and the share of all steps that were run.</returns>
    public static async Task<(double Best, double Share)> RunAsync(Pruner pruner, int trials, ulong seed)
    {
        var function = TestFunctions.All.Single(function => function.Name == "Hartmann-6");
        var definition = new StudyDefinition { Name = "curves", Space = function.Space, Directions = [StudyDirection.Minimize], Pruner = pruner, Seed = seed };
        var study = await Study.OpenAsync(new MemoryStudyStorage(), definition, 1, TimeProvider.System);
        var steps = 0;
        await study.RunAsync(
            async (trial, _) =>
            {
                var end = function.Value(trial.Parameters);
                var random = RandomSource.Fork(seed, (ulong)(1_000_000 + trial.Number));
                var pace = 3 + (6 * random.NextDouble());
                for (var step = 1; step <= Steps; step++)
                {
                    Interlocked.Increment(ref steps);
                    if (await trial.ReportAsync(step, end + (3 * Math.Exp(-step / pace)) + (0.03 * random.NextGaussian())))
                        return [];
                }
                return [end];
            },
            new StudyBudget(trials));
        return (study.Best!.Values[0], (double)steps / (trials * Steps));
    }
}
