using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Learning;
using Plumbline.Learning.Evaluation;
using Plumbline.Pipelines;
using Plumbline.Projects;
using Plumbline.Registry;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

/// <summary>The main job: from a file of texts and labels to a served prediction.</summary>
internal sealed class QuickstartCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE") { Description = "Texts and labels; without it a made-up review corpus", Arity = ArgumentArity.ZeroOrOne };
    private readonly SourceFlags _source = new();
    private readonly TrainingFlags _training = new();
    private readonly GeneratorFlags _generator = new();
    private readonly Option<string?> _model = new("--model") { Description = "Name to register under; else the file's", HelpName = "NAME" };
    private readonly Option<int?> _port = new("--port") { Description = "Port (8080, or a free one if that is taken)", HelpName = "N" };
    private readonly Option<bool> _noServe = new("--no-serve") { Description = "Stop after registering" };

    public QuickstartCommand(Terminal terminal)
        : base(terminal, "quickstart", "The whole way in one go: train on a file and serve the result")
    {
        Arguments.Add(_file);
        _source.AddPrepared(this);
        _training.AddTo(this, all: false);
        _generator.AddTo(this);
        Options.Add(_model);
        Options.Add(_port);
        Options.Add(_noServe);
        Examples =
        [
            "quickstart", "quickstart reviews.csv.gz --duplicates near --aggregates all", "quickstart tickets.jsonl --text body --label queue --no-serve --json",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var training = _training.Apply(parse, TrainingOptions.Default);
        var file = parse.GetValue(_file);
        if (file is not null && _generator.Given(parse) is { } option)
            throw CliException.Usage($"{option} is for the made-up corpus; leave it out, or leave out {file}.");
        var model = parse.GetValue(_model) ?? (file is null ? ModelName.Generated : ModelName.Of(file));
        ModelRegistry.CheckName(model);
        var ingest = _source.Apply(parse, new IngestOptions { Source = new SourceOptions { Path = file ?? "" } });
        if (file is null)
            ingest = ingest with { Source = ingest.Source with { Path = await GenerateAsync(parse, home, cancellation) } };

        var (snapshot, result, version) = await TrainAsync(home, ingest, training, model, cancellation);
        Show(home, snapshot, result, version);
        if (snapshot.Aggregates.Count > 0)
            await BeginStoreAsync(home, snapshot, training.Contest is null ? cancellation : CancellationToken.None);
        if (parse.GetValue(_noServe))
            ShowJson(null);
        else if (cancellation.IsCancellationRequested)
        {
            Terminal.Error.WriteLine($"Not served, as the contest was ended early: plumbline serve --model {version.Name}@{Champion.Alias} serves what it found.");
            ShowJson(null);
        }
        else
            await ServeAsync(parse, new LocatedBundle(result.Bundle, version), ShowServer, cancellation);
        return ExitCode.Ok;

        void ShowServer(PredictionServer server)
        {
            ShowAddress(server.Address);
            ShowJson(server.Address);
        }

        void ShowJson(Uri? address)
        {
            if (parse.GetValue(CommonOptions.Json))
                JsonOutput.Write(Terminal, Line(home, snapshot, result, version, address));
        }
    }

    private async Task<(Snapshot, TrainingResult, ModelVersion)> TrainAsync(Home home, IngestOptions ingest, TrainingOptions training, string model, CancellationToken cancellation)
    {
        var since = Terminal.Time.GetTimestamp();
        await using var workspace = Workspace.Open(home, Terminal.Time);
        var (snapshot, result) = await TrainCommand.TrainAsync(Terminal, workspace, ingest, training, model, since, cancellation);
        if (training.Contest is not null)
            cancellation = CancellationToken.None;
        var version = await Champion.RegisterAsync(workspace, model, result, snapshot, cancellation);
        await workspace.Registry.SetAliasAsync(model, Champion.Alias, version.Version, Champion.Actor, "quickstart", cancellation);
        return (snapshot, result, version);
    }

    /// <summary>So that the server knows the users and items that the model learnt from. One that knows others keeps them: somebody may serve with it.</summary>
    private async Task BeginStoreAsync(Home home, Snapshot snapshot, CancellationToken cancellation)
    {
        var options = Serving.WithFolder(new FeatureStoreOptions(), home)!;
        try
        {
            await using var store = FeatureStore.Open(options, Terminal.Time);
            var counts = await store.LoadAsync(snapshot.ReadEntities(), replace: false, cancellation);
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Features  {counts.Loaded:n0} users and items in {options}"));
        }
        catch (FeatureStoreException exception) when (exception.Error is FeatureStoreError.NotEmpty or FeatureStoreError.InUse)
        {
            Terminal.Error.WriteLine($"Features  as they were: {exception.Message} The command: plumbline features load --snapshot {snapshot.Digest[..12]} --replace");
        }
    }

    private async Task<string> GenerateAsync(ParseResult parse, Home home, CancellationToken cancellation)
    {
        var generator = _generator.Create(parse, _training.Seed(parse));
        var path = Path.Combine(home.Root, "generated", _generator.FileName(parse, generator.Options));
        if (!File.Exists(path))
            await GenerateCommand.WriteAsync(Terminal, generator, path, cancellation);
        return path;
    }

    private async Task ServeAsync(ParseResult parse, LocatedBundle bundle, Action<PredictionServer> ready, CancellationToken cancellation)
    {
        var options = Serving.Options(bundle, new ServerSettings { Port = parse.GetValue(_port) }, CommonOptions.HomeOf(parse), store: null, Terminal.Time);
        try
        {
            await Serving.RunAsync(options, ready, Terminal, cancellation);
        }
        catch (CliException exception) when (exception.Code == ExitCode.Network && parse.GetValue(_port) is null)
        {
            Terminal.Error.WriteLine($"Port {options.Port} is taken; taking a free one.");
            await Serving.RunAsync(options with { Port = 0 }, ready, Terminal, cancellation);
        }
    }

    private void Show(Home home, Snapshot snapshot, TrainingResult result, ModelVersion version)
    {
        if (result.Contest is { } contest)
            ContestTable.Write(Terminal, contest);
        Reports.Write(Terminal, result.Test);
        Terminal.Error.WriteLine($"Model     {version.Name}/{version.Version}, now {version.Name}@{Champion.Alias}: {result.Chosen.Family}, {result.FitSeconds:f1} s from file to model");
        Terminal.Error.WriteLine($"Bundle    {result.Bundle}");
        Terminal.Error.WriteLine($"Report    {Path.Combine(result.Artifacts, EvaluationPage.PageFile)}");
        Terminal.Error.WriteLine($"Snapshot  {snapshot.Directory}");
        Terminal.Error.WriteLine($"Home      {home.Root}");
    }

    private void ShowAddress(Uri address)
    {
        Terminal.Error.WriteLine($"Try it on {address}, or:");
        Terminal.Error.WriteLine();
        Terminal.Error.WriteLine($"  {Curl(address)}");
        Terminal.Error.WriteLine();
        Terminal.Error.WriteLine("Ctrl-C stops the server.");
    }

    private static string Curl(Uri address) => $$"""curl -s {{new Uri(address, "/predict")}} -H 'Content-Type: application/json' -d '{"text":"I could not put it down, a wonderful story"}'""";

    private static JsonObject Line(Home home, Snapshot snapshot, TrainingResult result, ModelVersion version, Uri? address)
    {
        var line = new JsonObject
        {
            ["model"] = version.Name,
            ["version"] = version.Version,
            ["alias"] = Champion.Alias,
            ["family"] = result.Chosen.Family,
            ["rows_train"] = result.RowsTrain,
            ["rows_valid"] = result.RowsValid,
            ["rows_test"] = result.Test.Rows,
            ["fit_seconds"] = JsonOutput.Rounded(result.FitSeconds, 3),
            ["macro_f1"] = JsonOutput.Number(result.Test.MacroF1.Value),
            ["weighted_f1"] = JsonOutput.Number(result.Test.WeightedF1.Value),
            ["accuracy"] = JsonOutput.Number(result.Test.Accuracy.Value),
            ["log_loss"] = JsonOutput.Number(result.Test.LogLoss),
            ["ece"] = JsonOutput.Number(result.Test.Ece),
            ["ece_of_perfect"] = JsonOutput.Number(result.Test.EceOfPerfect),
            ["bundle"] = result.Bundle,
            ["report"] = Path.Combine(result.Artifacts, EvaluationPage.PageFile),
            ["snapshot"] = snapshot.Directory,
            ["home"] = home.Root,
            ["run"] = result.RunId,
        };
        if (address is not null)
        {
            line["url"] = address.ToString();
            line["curl"] = Curl(address);
        }
        return line;
    }
}
