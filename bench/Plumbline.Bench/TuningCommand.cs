using System.Diagnostics;
using System.Globalization;
using Plumbline.Bench.Tuning;
using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Bench;

internal static class TuningCommand
{
    public static Task<int> RunAsync(string[] args)
    {
        var seeds = int.Parse(args[0], CultureInfo.InvariantCulture);
        var variants = new (string, Sampler)[]
        {
            ("random", new RandomSampler()),
            ("uni", new TpeSampler()),
            ("multi", new TpeSampler { Multivariate = true }),
        };
        if (args.Length > 1)
            variants = Parse(args[1..]);
        foreach (var function in TestFunctions.All)
        {
            Console.WriteLine($"{function.Name}: optuna random {function.Random.Median} tpe {function.Tpe.Median} [{function.Tpe.Lower} {function.Tpe.Upper}] multi {function.Multivariate.Median} [{function.Multivariate.Lower} {function.Multivariate.Upper}]");
            foreach (var (name, sampler) in variants)
            {
                var clock = Stopwatch.StartNew();
                var best = new double[seeds];
                Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed => best[seed] = Best(function, sampler, (ulong)seed, 100));
                Array.Sort(best);
                var ms = clock.Elapsed.TotalMilliseconds / seeds / 100 * 2;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   {name,-40} {Q(best, 0.5):F4} [{Q(best, 0.25):F4} {Q(best, 0.75):F4}] {ms:F2} ms {(Q(best, 0.5) <= Math.Min(function.Tpe.Median, function.Multivariate.Median) ? "++" : Q(best, 0.5) <= function.Tpe.Median ? "+" : Q(best, 0.5) <= function.Tpe.Upper ? "" : "BAD")}"));
            }
        }
        return Task.FromResult(0);
    }

    private static (string, Sampler)[] Parse(string[] args) => [.. args.Select(arg =>
    {
        var s = new TpeSampler();
        foreach (var part in arg.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var v = part.Length > 1 ? double.Parse(part[1..], CultureInfo.InvariantCulture) : 0;
            s = part[0] switch
            {
                'u' => s, 'm' => s with { Multivariate = true }, 'x' => s with { Mix = v }, 'c' => s with { Candidates = (int)v }, 'g' => s with { GammaShare = v },
                'q' => s with { Quasi = true }, 's' => s with { StartupTrials = (int)v }, 'l' => s with { MinSigma = v }, 'p' => s with { PriorWeight = v },
                'b' => s with { Sigma0 = v }, 'r' => s with { Sqrt = true }, _ => throw new FormatException(part),
            };
        }
        return (arg, (Sampler)s);
    })];

    private static double Q(double[] sorted, double q)
    {
        var p = q * (sorted.Length - 1);
        var i = (int)p;
        return sorted[i] + ((p - i) * (sorted[Math.Min(i + 1, sorted.Length - 1)] - sorted[i]));
    }

    private static double Best(TestFunction function, Sampler sampler, ulong seed, int trials)
    {
        var suggester = sampler.Begin(function.Space, [StudyDirection.Minimize], seed);
        var best = double.PositiveInfinity;
        for (var number = 0; number < trials; number++)
        {
            var parameters = suggester.Ask(number, [], RandomSource.Fork(seed, (ulong)number))!;
            var value = function.Value(parameters);
            best = Math.Min(best, value);
            suggester.Tell(new Trial(number, TrialState.Complete, parameters, [value], []));
        }
        return best;
    }
}
