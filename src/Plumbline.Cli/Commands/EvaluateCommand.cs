using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Learning.Evaluation;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class EvaluateCommand : CliCommand
{
    private readonly Option<string> _bundle = new("--bundle") { Description = "Folder, digest, name@alias or name/3", HelpName = "B", Required = true };
    private readonly Option<string> _input = new("--input") { Description = "File with texts and labels", HelpName = "F", Required = true };

    private readonly Option<string?> _split = new("--split")
    {
        Description = "test or all; else test of a file with a split column and of the training data, all of another file",
        HelpName = "WHICH",
    };

    private readonly Option<string?> _report = new("--report") { Description = "Write report.html and evaluation.json there", HelpName = "DIR" };
    private readonly Option<bool> _evidence = new("--evidence") { Description = "Keep with its run what gates need; the data must be those it was trained on" };
    private readonly SourceFlags _source = new();

    public EvaluateCommand(Terminal terminal)
        : base(terminal, "evaluate", "Measure a bundle on a labelled file")
    {
        IsTraced = true;
        Options.Add(_bundle);
        Options.Add(_input);
        Options.Add(_split);
        Options.Add(_report);
        Options.Add(_evidence);
        _source.AddLabelled(this);
        _split.AcceptOnlyFromAmong("test", "all");
        Examples =
        [
            "evaluate --bundle reviews@champion --input april.csv", "evaluate --bundle reviews/3 --input april.csv --split all --report april/",
            "evaluate --bundle reviews/3 --input reviews.csv.gz --evidence",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var bundle = await BundleLocator.FindAsync(home, parse.GetRequiredValue(_bundle), Terminal.Time);
        using var predictor = Predictor.Load(bundle.Directory);
        var inputs = predictor.NumericFeatures.Where(feature => feature.Source == NumericFeatureSource.Input).Select(feature => feature.Name).ToArray();
        var aggregates = predictor.Manifest.Contract.Options.Numeric.Aggregates.Select(name => EntityFeature.All.First(feature => feature.Name == name)).ToArray();
        var tally = new ContractTally(predictor.Manifest.Contract);
        var source = _source.Apply(parse, new SourceOptions
        {
            Path = parse.GetRequiredValue(_input),
            Numeric = inputs,
            Categorical = predictor.Manifest.Contract.Options.Categorical.Inputs,
        });
        var ingest = new IngestOptions { Source = source, Aggregates = aggregates };
        await using var events = OpenLineageEvents.Open(home, Terminal.Time);
        var (report, rows, latency) = await ProgressView.RunAsync(Terminal, view => TrackedWork.EvaluateAsync(events, bundle.Version?.Name ?? predictor.Digest[..12], predictor.Digest, ingest, () => Task.Run(
            () =>
            {
                var snapshot = Snapshot.Ingest(ingest, home, view, cancellation);
                var splits = Splits(parse.GetValue(_split), predictor, snapshot);
                view.Show("evaluate", 0, $"{string.Join(", ", splits)} of {source.Path}".ToLowerInvariant());
                if (parse.GetValue(_evidence))
                    RequireTest(predictor.Manifest.Training.Snapshot, snapshot, splits);
                var (result, answers) = BundleEvaluation.EvaluateRows(predictor, snapshot, splits, predictor.Manifest.Training.Seed, Environment.ProcessorCount, tally, cancellation);
                view.Show("evaluate", 1, FormattableString.Invariant($"macro-F1 {result.Test.MacroF1.Value:f4}"));
                return (result, answers, PredictionLatency.Median(predictor, snapshot.Read(splits[^1], stop: cancellation), Terminal.Time));
            },
            cancellation)));
        if (parse.GetValue(_evidence))
            await KeepAsync(home, parse, bundle, report, rows, latency, cancellation);
        if (parse.GetValue(_report) is { } directory)
        {
            EvaluationPage.Write(report, directory);
            Terminal.Error.WriteLine($"Report    {Path.Combine(Path.GetFullPath(directory), EvaluationPage.PageFile)}");
        }
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = Reports.ToJson(report.Test);
            json["warnings"] = Reports.ToJson(tally);
            JsonOutput.Write(Terminal, json);
        }
        else
        {
            Reports.Write(Terminal, report.Test);
            Reports.Write(Terminal, tally);
        }
        return ExitCode.Ok;
    }

    private static void RequireTest(string trainedOn, Snapshot snapshot, Split[] splits)
    {
        if (splits is not [Split.Test] || snapshot.Digest != trainedOn)
            throw new DatasetException($"--evidence: {snapshot.Manifest.Sources[0].Name} is not the snapshot {trainedOn} that the bundle was trained on, or not its test alone. Name that data, prepared and split as then");
    }

    private async Task KeepAsync(Home home, ParseResult parse, LocatedBundle bundle, EvaluationReport report, RowPredictions rows, double latency, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        var model = bundle.Version is { } version
            ? await workspace.Evidence.OfVersionAsync(version, cancellation)
            : await workspace.Evidence.OfBundleAsync(parse.GetRequiredValue(_bundle), bundle.Directory, cancellation);
        await workspace.Evidence.KeepAsync(model, rows, latency, report.ToJson(), cancellation);
        Terminal.Error.WriteLine($"Evidence  kept with run {model.Run!.Id}");
    }

    private static Split[] Splits(string? asked, Predictor predictor, Snapshot snapshot) =>
        asked == "test" || (asked is null && (snapshot.Manifest.Split.By == SplitBy.Column || snapshot.Digest == predictor.Manifest.Training.Snapshot))
            ? [Split.Test]
            : [Split.Train, Split.Valid, Split.Test];
}
