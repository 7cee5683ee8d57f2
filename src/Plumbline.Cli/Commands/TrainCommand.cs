using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Pipelines;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Projects;
using Plumbline.Registry;

namespace Plumbline.Cli.Commands;

internal sealed class TrainCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE")
    {
        Description = $"Data, or a {Project.FileName}; else the {Project.FileName} here",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly SourceFlags _source = new();
    private readonly TrainingFlags _training = new();
    private readonly Option<string?> _experiment = new("--experiment") { Description = "Name under which the run is kept", HelpName = "NAME" };
    private readonly Option<string?> _register = new("--register") { Description = "Register the bundle as the next version of this model", HelpName = "NAME" };

    public TrainCommand(Terminal terminal)
        : base(terminal, "train", "Fit, calibrate and evaluate a classifier, and write its bundle")
    {
        IsTraced = true;
        Arguments.Add(_file);
        _source.AddTo(this);
        _training.AddTo(this);
        Options.Add(_experiment);
        Options.Add(_register);
        Examples =
        [
            "train reviews.csv.gz", "train imdb.csv.gz --families logistic,svm --json", "train tickets.jsonl --char-ngrams 3-5 --register tickets",
            "train reviews.csv.gz --families all --trials 30 --timeout 10m", "train reviews.csv.gz --duplicates near --balance undersample --aggregates all",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var since = Terminal.Time.GetTimestamp();
        var (ingest, training, name, project) = Plan(parse);
        var home = CommonOptions.HomeOf(parse, project);
        var model = parse.GetValue(_register);
        if (model is not null)
            ModelRegistry.CheckName(model);
        await using var workspace = Workspace.Open(home, Terminal.Time);
        var (snapshot, result) = await TrainAsync(Terminal, workspace, ingest, training, parse.GetValue(_experiment) ?? name, since, cancellation, project);
        if (model is not null)
        {
            var version = await Champion.RegisterAsync(workspace, model, result, snapshot, training.Contest is null ? cancellation : CancellationToken.None);
            Terminal.Error.WriteLine($"Registered {version.Name}/{version.Version}");
        }
        Report(Terminal, parse, snapshot, result, training.Threads, training.Contest is null ? cancellation : CancellationToken.None);
        if (model is null)
            Terminal.Error.WriteLine("Version   none; with --register NAME it is one, which promote and serve take by its name");
        return ExitCode.Ok;
    }

    public static void Report(Terminal terminal, ParseResult parse, Snapshot snapshot, TrainingResult result, int threads, CancellationToken cancellation)
    {
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, Line(result, PredictionSpeed.Measure(result.Bundle, snapshot, threads, terminal.Time, cancellation)));
        else
            Show(terminal, snapshot, result);
    }

    /// <summary>From file to bundle, with its progress, told to who asked for events.</summary>
    /// <param name="project">The one that the command names; else that of the working folder says who.</param>
    public static async Task<(Snapshot, TrainingResult)> TrainAsync(
        Terminal terminal, Workspace workspace, IngestOptions ingest, TrainingOptions training, string experiment, long since, CancellationToken cancellation, Project? project = null)
    {
        await using var events = OpenLineageEvents.Open(workspace.Home, terminal.Time, project);
        return await ProgressView.RunAsync(terminal, view => Task.Run(
            () => TrackedWork.TrainAsync(
                events, experiment, ingest, () => Snapshot.Ingest(ingest with { Threads = training.Threads }, workspace.Home, view, cancellation),
                (snapshot, begun) => workspace.Training.RunAsync(snapshot, training, experiment, since, view, cancellation, begun)),
            cancellation));
    }

    private (IngestOptions Ingest, TrainingOptions Training, string Name, Project? Project) Plan(ParseResult parse)
    {
        var file = parse.GetValue(_file);
        var (ingest, project) = _source.Resolve(parse, file);
        return (ingest, _training.Apply(parse, project?.Training ?? TrainingOptions.Default), project?.Name ?? ModelName.Of(file ?? ""), project);
    }

    private static void Show(Terminal terminal, Snapshot snapshot, TrainingResult result)
    {
        if (result.Contest is { } contest)
            ContestTable.Write(terminal, contest);
        Reports.Write(terminal, result.Test);
        terminal.Error.WriteLine($"Chosen    {result.Chosen}, {result.FitSeconds:f1} s from file to model");
        terminal.Error.WriteLine($"Run       {result.RunId}");
        terminal.Error.WriteLine($"Snapshot  {snapshot.Directory}");
        terminal.Error.WriteLine($"Report    {Path.Combine(result.Artifacts, Learning.Evaluation.EvaluationPage.PageFile)}");
        terminal.Error.WriteLine($"Bundle    {result.Bundle}");
    }

    private static JsonObject Line(TrainingResult result, PredictionSpeed speed) => new()
    {
        ["family"] = result.Chosen.Family,
        ["parameters"] = JsonNode.Parse(JsonSerializer.Serialize(result.Chosen.Parameters)),
        ["rows_train"] = result.RowsTrain,
        ["rows_test"] = result.Test.Rows,
        ["fit_seconds"] = JsonOutput.Rounded(result.FitSeconds, 3),
        ["macro_f1"] = JsonOutput.Number(result.Test.MacroF1.Value),
        ["accuracy"] = JsonOutput.Number(result.Test.Accuracy.Value),
        ["log_loss"] = JsonOutput.Number(result.Test.LogLoss),
        ["ece"] = JsonOutput.Number(result.Test.Ece),
        ["ece_of_perfect"] = JsonOutput.Number(result.Test.EceOfPerfect),
        ["batch_us_per_doc"] = JsonOutput.Rounded(speed.BatchMicroseconds, 3),
        ["single_us_median"] = JsonOutput.Rounded(speed.SingleMicroseconds, 3),
        ["peak_mib"] = JsonOutput.Rounded(ProcessMemory.PeakMebibytes(), 1),
        ["bundle"] = result.Bundle,
    };
}
