using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Distributions;
using Plumbline.Learning;
using Plumbline.Monitoring;
using Plumbline.Statistics;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Monitoring;

namespace Plumbline.Bench;

/// <summary>How good estimates without labels are, and how well concept drift is found.</summary>
internal static class QualityCommand
{
    private const int Requests = 5_000;
    private const int WindowsOfAKind = 20;
    private const int Before = 3_000;
    private const int Labels = 1_000;
    private const double Loss = 0.05;

    public static Task<int> RunAsync(string[] args)
    {
        var windows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 500;
        Estimates();
        foreach (var share in new[] { 0.1, 0.2, 0.3 })
        {
            var alarms = Count(windows, seed => IsFound(seed, share, share));
            var found = Count(windows, seed => IsFound(seed, share, share + Loss));
            Console.WriteLine($"errors of {share:p0}: found in {alarms} of {windows} still windows of {Labels:n0} labels ({(double)alarms / windows:p1}, 95 % interval to {Beta.InvCDF(alarms + 1, windows - alarms, 0.975):p1}); {Loss * 100:0} points more within {Labels:n0} labels in {found} of {windows} ({(double)found / windows:p1})");
        }
        Cost();
        return Task.FromResult(0);
    }

    /// <summary>Macro-F1 estimated beside that of the true labels, in windows that drift as none of the training data did.</summary>
    private static void Estimates()
    {
        var model = Trainer.Train(GeneratedReviews.Data(5, 4_000), GeneratedReviews.Options);
        var (traffic, all) = (new SimulatedTraffic(model), new List<double>());
        foreach (var kind in SimulatedTraffic.Kinds.Except(["confidence"]).Prepend("none"))
        {
            var errors = Enumerable.Range(0, WindowsOfAKind).AsParallel().AsOrdered().Select(window => Error(traffic, (ulong)(30_000 + window), kind, 0.5 * window / WindowsOfAKind)).ToArray();
            all.AddRange(errors);
            Console.WriteLine($"{kind,-12} macro-F1 estimated without labels, {WindowsOfAKind} windows of {Requests:n0}: off by {100 * Median(errors):0.00} points in the median, by {100 * errors.Max():0.00} at most");
        }
        Console.WriteLine($"all of them: off by {100 * Median(all):0.00} points in the median");
    }

    private static double Error(SimulatedTraffic traffic, ulong seed, string kind, double strength)
    {
        var (truth, answers) = (new List<int>(), new List<int>());
        var window = traffic.Window(seed, Requests, kind, strength, (label, answer) =>
        {
            truth.Add(label);
            answers.Add(answer);
        });
        var actual = new ConfusionMatrix(truth.ToArray(), answers.ToArray(), window.Schema.Labels.Count).Counts.MacroF1;
        return Math.Abs(EstimatedQuality.Of(window.Expected, window.Schema.Labels)!.MacroF1.Value - actual);
    }

    /// <summary>Whether a change is found in a window that comes after many still labels.</summary>
    private static bool IsFound(int seed, double before, double now)
    {
        var (random, errors) = (new RandomSource((ulong)seed), new ConceptDrift());
        for (var label = 0; label < Before; label++)
            errors.Add(random.NextDouble() < before, DateTimeOffset.UnixEpoch);
        var found = errors.Changes.Count;
        for (var label = 0; label < Labels; label++)
            errors.Add(random.NextDouble() < now, DateTimeOffset.UnixEpoch);
        return errors.Changes.Count > found;
    }

    private static void Cost()
    {
        var (random, errors, began) = (new RandomSource(1), new ConceptDrift(), Stopwatch.GetTimestamp());
        for (var label = 0; label < 1_000_000; label++)
            errors.Add(random.NextDouble() < 0.2, DateTimeOffset.UnixEpoch);
        Console.WriteLine($"a label takes both tests of concept drift {Stopwatch.GetElapsedTime(began).TotalNanoseconds / 1_000_000:0} ns");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static int Count(int windows, Func<int, bool> holds) => Enumerable.Range(1, windows).AsParallel().Count(holds);
}
