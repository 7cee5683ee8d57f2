using System.Diagnostics;
using System.Globalization;
using Plumbline.Inference.Feedback;
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

    public static Task<int> RunAsync(string[] args)
    {
        var windows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 500;
        var seed = args.Length > 1 ? ulong.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        var model = Trainer.Train(GeneratedReviews.Data(5, 4_000), GeneratedReviews.Options);
        var traffic = new SimulatedTraffic(model);
        Concepts(new ConceptDriftCases(windows, seed), traffic, [.. model.Labels]);
        Cost();
        Estimates(traffic);
        return Task.FromResult(0);
    }

    private static void Concepts(ConceptDriftCases cases, SimulatedTraffic traffic, string[] labels)
    {
        var answers = new List<SettledFeedback>();
        traffic.Window(5, 20_000, answered: (label, answer, probabilities) => answers.Add(ConceptDriftCases.Labelled(ConceptDriftCases.Prediction(labels, labels[answer], probabilities), labels[label])));
        var name = $"answers of a model, {(double)answers.Count(one => one.Label != one.Prediction.Label) / answers.Count:p1} of them wrong";
        foreach (var before in new[] { 3_000, 10_000 })
        {
            foreach (var share in new[] { 0.1, 0.2, 0.3 })
                cases.Tell($"errors of {share:p0}, of which probabilities know nothing", before, ConceptDriftCases.AtRandom(share));
            cases.Tell(name, before, ConceptDriftCases.OfAModel(answers, labels));
        }
        foreach (var (from, to) in labels.SelectMany(from => labels.Select(to => (from, to))).Where(pair => pair.from != pair.to))
        {
            if (Array.IndexOf(labels, from) < Array.IndexOf(labels, to) && ConceptDriftCases.OfMeaning(answers, from, to, isOneWay: false) is { } swap)
                Console.WriteLine($"{name}, {from} and {to} swapped in part, after 3,000 labels: {cases.TellFound(3_000, swap)}");
            if (ConceptDriftCases.OfMeaning(answers, from, to, isOneWay: true) is { } shift)
                Console.WriteLine($"{name}, a part of {from} become {to}, after 3,000 labels: {cases.TellFound(3_000, shift)}");
        }
        cases.TellLife("errors of 20 %", 50_000, ConceptDriftCases.AtRandom(0.2));
        cases.TellLife(name, 50_000, ConceptDriftCases.OfAModel(answers, labels));
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

    private static void Cost()
    {
        var (random, drift, draw) = (new RandomSource(1), new ConceptDrift(), ConceptDriftCases.AtRandom(0.2));
        SettledFeedback[] labels = [.. Enumerable.Range(0, 100_000).Select(_ => draw(random, false))];
        var began = Stopwatch.GetTimestamp();
        foreach (var label in labels)
            drift.Add(label);
        Console.WriteLine($"a label takes the three tests of concept drift {Stopwatch.GetElapsedTime(began).TotalNanoseconds / labels.Length:0} ns");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
