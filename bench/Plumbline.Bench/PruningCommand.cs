using System.Diagnostics;
using System.Globalization;
using Plumbline.Bench.Tuning;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Evaluation;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>
/// What pruning saves on real fits: processor seconds of trials, the best macro-F1 on valid, and that of the same models on the split test, of each family and of the contest of
/// them all, with each pruner and without one, over seeds. The best on valid of fewer complete trials is lower by chance alone; on rows that chose nothing it is not. One trial at
/// a time, so that what else the machine does costs nothing.
/// </summary>
internal static class PruningCommand
{
    private const string Contest = "contest";

    private const string Pruners = "median,percentile,successivehalving,hyperband";

    /// <param name="args">File, then the number of seeds, of trials, the families, the pruners to compare with none (<c>percentile=40</c> has another percentile), and the first seed.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var seeds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
        var trials = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 30;
        string[] families = args.Length > 3 ? args[3].Split(',') : ["logistic", "nb_svm", "forest", "boosting", "perceptron"];
        Rule[] pruners = [new Rule(PrunerKind.None, null), .. (args.Length > 4 ? args[4] : Pruners).Split(',').Select(Rule.Parse)];
        var firstSeed = args.Length > 5 ? int.Parse(args[5], CultureInfo.InvariantCulture) : 0;
        var folder = Directory.CreateTempSubdirectory("plumbline-pruning-");
        try
        {
            var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = args[0] } }, new Home(folder.FullName));
            var rows = new SnapshotRows(snapshot);
            var data = new TrainingData(snapshot.Labels, split => rows.Read(split, default));
            var found = new List<Outcome>();
            // Pruner by pruner within a seed, so that what is stopped has something to show.
            for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
            {
                foreach (var pruner in pruners)
                {
                    found.AddRange(await MeasureAsync(data, families, pruner, (ulong)seed, trials).ConfigureAwait(false));
                    Console.Error.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"seed {seed}, {pruner}: {string.Join(", ", found.TakeLast(families.Length + 1).Select(one => $"{one.Of} {one.Best:f4} and {one.Test:f4} in {one.Seconds:f1} s"))}"));
                }
            }
            Report(found, pruners, [.. families, Contest]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static void Report(List<Outcome> found, Rule[] pruners, string[] names)
    {
        foreach (var name in names)
        {
            var plain = found.Where(one => one.Of == name && one.Pruner.Kind == PrunerKind.None).ToArray();
            foreach (var pruner in pruners)
            {
                var pruned = found.Where(one => one.Of == name && one.Pruner == pruner).ToArray();
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name,-12} {pruner,-18} best {Quartiles.Of([.. pruned.Select(one => one.Best)])}, against none {Gain(one => one.Best)}, on test {Quartiles.Of([.. pruned.Select(one => one.Test)])}, against none {Gain(one => one.Test)}, fit seconds {pruned.Sum(one => one.Seconds) / plain.Sum(one => one.Seconds):p0} of {plain.Average(one => one.Seconds):f1}"));

                string Gain(Func<Outcome, double> score)
                {
                    var gains = pruned.Zip(plain, (one, other) => score(one) - score(other)).ToArray();
                    var mean = gains.Average();
                    var error = gains.Length > 1 ? Math.Sqrt(gains.Sum(gain => (gain - mean) * (gain - mean)) / (gains.Length - 1) / gains.Length) : double.NaN;
                    return string.Create(CultureInfo.InvariantCulture, $"{mean:+0.0000;-0.0000} ± {error:0.0000} ({gains.Count(gain => gain >= 0)} of {gains.Length} no worse)");
                }
            }
        }
    }

    private static async Task<IReadOnlyList<Outcome>> MeasureAsync(TrainingData data, string[] families, Rule pruner, ulong seed, int trials)
    {
        var outcomes = new List<Outcome>();
        foreach (var family in families)
        {
            var studies = ContestStudies.InMemory(new ProcessorTime());
            var options = TrainingOptions.Default with
            {
                Families = [family],
                Seed = seed,
                Refit = false,
                Threads = 1,
                Contest = new ContestOptions { Trials = trials, Pruner = pruner.Kind, Percentile = pruner.Percentile, Ensemble = false },
            };
            var trained = Trainer.Train(data, options, studies: studies);
            var ran = (await studies.Storage.LoadTrialsAsync(0).ConfigureAwait(false)).Where(trial => trial.CopyOf is null).ToArray();
            // By the clock of the processor, and one after another.
            var seconds = (ran.Max(trial => trial.Ended) - ran.Min(trial => trial.Started))!.Value.TotalSeconds;
            var test = Evaluator.Evaluate(trained.Classifier(), data.Labels, () => data.Read(Split.Test), seed: 0, threads: 1, default).Report.MacroF1.Value;
            outcomes.Add(new Outcome(family, pruner, trained.Contest!.Families[0].Best!.MacroF1, test, seconds));
        }
        var best = outcomes.MaxBy(one => one.Best)!;
        outcomes.Add(new Outcome(Contest, pruner, best.Best, best.Test, outcomes.Sum(one => one.Seconds)));
        return outcomes;
    }

    private sealed record Outcome(string Of, Rule Pruner, double Best, double Test, double Seconds);

    private sealed record Rule(PrunerKind Kind, double? Percentile)
    {
        public static Rule Parse(string text) => text.Split('=') is [var name, var percentile]
            ? new Rule(Enum.Parse<PrunerKind>(name, ignoreCase: true), double.Parse(percentile, CultureInfo.InvariantCulture))
            : new Rule(Enum.Parse<PrunerKind>(text, ignoreCase: true), null);

        public override string ToString() => Percentile is { } percentile ? string.Create(CultureInfo.InvariantCulture, $"{Kind} {percentile}") : Kind.ToString();
    }

    /// <summary>Its clock runs only while the process computes.</summary>
    private sealed class ProcessorTime : TimeProvider
    {
        private readonly Process _process = Process.GetCurrentProcess();

        public override DateTimeOffset GetUtcNow()
        {
            lock (_process)
            {
                _process.Refresh();
                return DateTimeOffset.UnixEpoch + _process.TotalProcessorTime;
            }
        }
    }
}
