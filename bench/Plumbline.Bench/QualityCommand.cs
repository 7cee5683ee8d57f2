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
        var model = Trainer.Train(GeneratedReviews.Data(5, 4_000), GeneratedReviews.Options);
        var traffic = new SimulatedTraffic(model);
        Estimates(traffic);
        var answers = new List<(bool IsError, double Confidence)>();
        traffic.Window(5, 20_000, answered: (label, answer, confidence) => answers.Add((label != answer, confidence)));
        var errors = (double)answers.Count(answer => answer.IsError) / answers.Count;
        Found(windows, $"errors of the model ({errors:p1})", (random, loss) =>
        {
            var (isError, confidence) = answers[random.NextInt32(answers.Count)];
            return (isError || random.NextDouble() < loss / (1 - errors), confidence);
        });
        foreach (var share in new[] { 0.1, 0.2, 0.3 })
            Found(windows, $"errors of {share:p0}, of which probabilities know nothing", (random, loss) => (random.NextDouble() < share + loss, 1 - share));
        Cost();
        return Task.FromResult(0);
    }

    /// <param name="draw">An answer after so many points were lost.</param>
    private static void Found(int windows, string what, Func<RandomSource, double, (bool IsError, double Confidence)> draw)
    {
        var alarms = Count(windows, seed => IsFound(seed, draw, 0));
        var found = Count(windows, seed => IsFound(seed, draw, Loss));
        Console.WriteLine($"{what}: found in {alarms} of {windows} still windows of {Labels:n0} labels ({(double)alarms / windows:p1}, 95 % interval to {Beta.InvCDF(alarms + 1, windows - alarms, 0.975):p1}); {Loss * 100:0} points more within {Labels:n0} labels in {found} of {windows} ({(double)found / windows:p1})");
    }

    /// <summary>Macro-F1 estimated beside that of the true labels, in windows that drift as none of the training data did.</summary>
    private static void Estimates(SimulatedTraffic traffic)
    {
        var all = new List<double>();
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
        var window = traffic.Window(seed, Requests, kind, strength, (label, answer, _) =>
        {
            truth.Add(label);
            answers.Add(answer);
        });
        var actual = new ConfusionMatrix(truth.ToArray(), answers.ToArray(), window.Schema.Labels.Count).Counts.MacroF1;
        return Math.Abs(EstimatedQuality.Of(window.Expected, window.Schema.Labels)!.MacroF1.Value - actual);
    }

    /// <summary>Whether a change is found in a window that comes after many still labels.</summary>
    private static bool IsFound(int seed, Func<RandomSource, double, (bool IsError, double Confidence)> draw, double loss)
    {
        var (random, errors) = (new RandomSource((ulong)seed), new ConceptDrift());
        for (var label = 0; label < Before; label++)
            Add(0);
        var found = errors.Changes.Count;
        for (var label = 0; label < Labels; label++)
            Add(loss);
        return errors.Changes.Count > found;

        void Add(double lost)
        {
            var (isError, confidence) = draw(random, lost);
            errors.Add(isError, confidence, DateTimeOffset.UnixEpoch);
        }
    }

    private static void Cost()
    {
        var (random, errors, began) = (new RandomSource(1), new ConceptDrift(), Stopwatch.GetTimestamp());
        for (var label = 0; label < 1_000_000; label++)
            errors.Add(random.NextDouble() < 0.2, 0.8, DateTimeOffset.UnixEpoch);
        Console.WriteLine($"a label takes both tests of concept drift {Stopwatch.GetElapsedTime(began).TotalNanoseconds / 1_000_000:0} ns");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static int Count(int windows, Func<int, bool> holds) => Enumerable.Range(1, windows).AsParallel().Count(holds);
}
