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
        var trials = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        var variants = new (string, Sampler)[]
        {
            ("tpe", new TpeSampler()),
        };
        foreach (var function in TestFunctions.All)
        {
            Console.WriteLine($"{function.Name}: optuna random {function.Random.Median} tpe {function.Tpe.Median} [{function.Tpe.Lower} {function.Tpe.Upper}] multi {function.Multivariate.Median} [{function.Multivariate.Lower} {function.Multivariate.Upper}]");
            foreach (var (name, sampler) in variants)
            {
                var best = new double[seeds];
                var last = new double[seeds];
                Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = 1 }, seed => (best[seed], last[seed]) = Best(function, sampler, (ulong)seed, trials));
                Array.Sort(best);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   {name,-40} {Q(best, 0.5):F4} [{Q(best, 0.25):F4} {Q(best, 0.75):F4}] {last.Min():F2} ms"));
            }
        }
        return Task.FromResult(0);
    }

    private static double Q(double[] sorted, double q)
    {
        var p = q * (sorted.Length - 1);
        var i = (int)p;
        return sorted[i] + ((p - i) * (sorted[Math.Min(i + 1, sorted.Length - 1)] - sorted[i]));
    }

    private static (double Best, double Ms) Best(TestFunction function, Sampler sampler, ulong seed, int trials)
    {
        var suggester = sampler.Begin(function.Space, [StudyDirection.Minimize]);
        var best = double.PositiveInfinity;
        double ms = 0;
        for (var number = 0; number < trials; number++)
        {
            var start = Stopwatch.GetTimestamp();
            var parameters = suggester.Ask(number, [], RandomSource.Fork(seed, (ulong)number))!;
            if (number >= trials - 50)
                ms += Stopwatch.GetElapsedTime(start).TotalMilliseconds / 50;
            var value = function.Value(parameters);
            best = Math.Min(best, value);
            suggester.Tell(new Trial(number, TrialState.Complete, parameters, [value], []));
        }
        return (best, ms);
    }
}
