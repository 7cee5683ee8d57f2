using System.Diagnostics;
using System.Globalization;
using Plumbline.Bench.Tuning;
using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Bench;

/// <summary>What samplers find: on ten functions beside Optuna, and on problems whose optimum is known; what pruners save. Tables in Markdown.</summary>
internal static class TuningCommand
{
    private const int ManyTrials = 1000;

    /// <param name="args">--trials N (100; 0 leaves the ten functions out), --seeds N (20), --problems N (5 seeds; 0 leaves them out), --pruners N (20 seeds; 0 leaves them out).</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var (trials, seeds, problemSeeds, prunerSeeds) = (Option(args, "--trials", 100), Option(args, "--seeds", 20), Option(args, "--problems", 5), Option(args, "--pruners", 20));
        if (trials > 0)
            Compare(trials, seeds);
        if (problemSeeds > 0)
            Solve(problemSeeds);
        if (prunerSeeds > 0)
            await PruneAsync(prunerSeeds);
        return 0;
    }

    private static int Option(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    private static void Compare(int trials, int seeds)
    {
        Console.WriteLine($"Best of {trials} trials, {seeds} seeds: median [quartiles]");
        Console.WriteLine("| function | Plumbline random | Plumbline TPE | Optuna random | Optuna TPE | Optuna multivariate | ms a suggestion | at 1,000 trials |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var function in TestFunctions.All)
        {
            var (random, _) = Best(function, new RandomSampler(), trials, seeds);
            var (tpe, milliseconds) = Best(function, new TpeSampler(), trials, seeds);
            var late = Quartiles.Of(Enumerable.Range(0, 3).Select(seed => Run(function, new TpeSampler(), (ulong)seed, ManyTrials).Milliseconds)).Median;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {function.Name} | {random} | {tpe} | {function.Random} | {function.Tpe} | {function.Multivariate} | {milliseconds:F2} | {late:F2} |"));
        }
    }

    private static (Quartiles Best, double Milliseconds) Best(TestFunction function, Sampler sampler, int trials, int seeds)
    {
        var runs = Enumerable.Range(0, seeds).Select(seed => Run(function, sampler, (ulong)seed, trials)).ToArray();
        return (Quartiles.Of(runs.Select(run => run.Best)), Quartiles.Of(runs.Select(run => run.Milliseconds)).Median);
    }

    /// <returns>The best value, and the median time of the last tenth of the suggestions.</returns>
    private static (double Best, double Milliseconds) Run(TestFunction function, Sampler sampler, ulong seed, int trials)
    {
        var suggester = sampler.Begin(function.Space, [StudyDirection.Minimize]);
        var (best, laps) = (double.PositiveInfinity, new List<double>());
        for (var number = 0; number < trials; number++)
        {
            var start = Stopwatch.GetTimestamp();
            var parameters = suggester.Ask(number, [], RandomSource.Fork(seed, (ulong)number))!;
            if (number >= trials * 9 / 10)
                laps.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            var value = function.Value(parameters);
            best = Math.Min(best, value);
            suggester.Tell(new Trial(number, TrialState.Complete, parameters, [value], []));
        }
        return (best, Quartiles.Of(laps).Median);
    }

    private static void Solve(int seeds)
    {
        Console.WriteLine();
        Console.WriteLine($"Known problems, {seeds} seeds: median [quartiles]");
        Console.WriteLine("| sampler | problem | trials | reached |");
        Console.WriteLine("|---|---|---:|---:|");
        foreach (var (name, space, value) in StandardProblems.Minima)
        {
            var trials = new List<double>();
            var reached = Quartiles.Of(Enumerable.Range(0, seeds).Select(seed =>
            {
                var told = Tell(new CmaEsSampler(), space, [StudyDirection.Minimize], x => [value(x)], (ulong)seed, 10_000, best: 1e-8);
                trials.Add(told.Count);
                return told.Min(losses => losses[0]);
            }));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| CMA-ES | {name}: loss above the minimum; ends at 1e-8 | {Quartiles.Of(trials)} | {reached} |"));
        }
        foreach (var (name, space, values, area) in StandardProblems.Fronts)
        {
            var reached = Quartiles.Of(Enumerable.Range(0, seeds).Select(seed => StandardProblems.DominatedArea(
                Tell(new Nsga2Sampler { Population = 100 }, space, [StudyDirection.Minimize, StudyDirection.Minimize], values, (ulong)seed, 25_000)) / area));
            Console.WriteLine($"| NSGA-II | {name}: share of the known front's hypervolume | 25000 | {reached} |");
        }
    }

    private static async Task PruneAsync(int seeds)
    {
        Console.WriteLine();
        Console.WriteLine($"Learning curves of 27 steps, {seeds} seeds: median [quartiles]");
        Console.WriteLine("| pruner | best of 30 trials | steps run | best of 100 trials | steps run |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var (name, pruner) in LearningCurves.Pruners)
        {
            var few = new List<(double Best, double Share)>();
            var many = new List<(double Best, double Share)>();
            for (var seed = 0; seed < seeds; seed++)
            {
                few.Add(await LearningCurves.RunAsync(pruner, 30, (ulong)seed));
                many.Add(await LearningCurves.RunAsync(pruner, 100, (ulong)seed));
            }
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Quartiles.Of(few.Select(run => run.Best))} | {few.Average(run => run.Share):P0} | {Quartiles.Of(many.Select(run => run.Best))} | {many.Average(run => run.Share):P0} |"));
        }
    }

    private static List<double[]> Tell(
        Sampler sampler, SearchSpace space, IReadOnlyList<StudyDirection> directions, Func<double[], double[]> values, ulong seed, int trials, double best = double.NegativeInfinity)
    {
        var suggester = sampler.Begin(space, directions);
        var told = new List<double[]>();
        while (told.Count < trials && (told.Count == 0 || told[^1][0] > best))
        {
            var parameters = suggester.Ask(told.Count, [], RandomSource.Fork(seed, (ulong)told.Count))!;
            var losses = values([.. parameters.Values.Select(pair => pair.Value.AsDouble())]);
            suggester.Tell(new Trial(told.Count, TrialState.Complete, parameters, losses, []));
            told.Add(losses);
        }
        return told;
    }
}
