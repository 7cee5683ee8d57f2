using System.Globalization;
using Plumbline.Bench.Tuning;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>What pruning saves on real fits: seconds of trials, and the best macro-F1 on valid, with each pruner and without one, over seeds.</summary>
internal static class PruningCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var seeds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
        var trials = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 30;
        string[] families = args.Length > 3 ? args[3].Split(',') : ["logistic", "nb_svm", "boosting", "perceptron"];
        var folder = Directory.CreateTempSubdirectory("plumbline-pruning-");
        try
        {
            var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = args[0] } }, new Home(folder.FullName));
            var rows = new SnapshotRows(snapshot);
            var data = new TrainingData(snapshot.Labels, split => rows.Read(split, default));
            foreach (var family in families)
            {
                (double Seconds, double[] Best)? plain = null;
                foreach (var pruner in new[] { PrunerKind.None, PrunerKind.Median, PrunerKind.SuccessiveHalving, PrunerKind.Hyperband })
                {
                    var found = await MeasureAsync(data, family, pruner, seeds, trials).ConfigureAwait(false);
                    plain ??= found;
                    var gain = found.Best.Zip(plain.Value.Best, (one, other) => one - other).ToArray();
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{family,-12} {pruner,-18} best {Quartiles.Of(found.Best)}, against none {gain.Average():+0.0000;-0.0000} ({gain.Count(value => value >= 0)} of {seeds} no worse), fit seconds {found.Seconds / plain.Value.Seconds:p0}"));
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static async Task<(double Seconds, double[] Best)> MeasureAsync(TrainingData data, string family, PrunerKind pruner, int seeds, int trials)
    {
        var (seconds, best) = (0.0, new double[seeds]);
        for (var seed = 0; seed < seeds; seed++)
        {
            var studies = ContestStudies.InMemory(TimeProvider.System);
            var options = TrainingOptions.Default with
            {
                Families = [family],
                Seed = (ulong)seed,
                Refit = false,
                Contest = new ContestOptions { Trials = trials, Pruner = pruner, Ensemble = false },
            };
            var trained = Trainer.Train(data, options, studies: studies);
            best[seed] = trained.Contest!.Families[0].Best!.MacroF1;
            foreach (var trial in (await studies.Storage.LoadTrialsAsync(0).ConfigureAwait(false)).Where(trial => trial.CopyOf is null))
                seconds += trial is { Started: { } started, Ended: { } ended } ? (ended - started).TotalSeconds : 0;
        }
        return (seconds, best);
    }
}
