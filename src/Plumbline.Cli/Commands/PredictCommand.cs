using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Cli.Predictions;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Projects;

namespace Plumbline.Cli.Commands;

internal sealed class PredictCommand : CliCommand
{
    private const string Standard = "-";
    private const int Batch = 4096;

    // One lookup asks for all users and items of a batch, and others ask the same store.
    private const int BatchOfLookups = 1024;

    private readonly Option<string> _bundle = new("--bundle") { Description = "Folder, digest, name@alias or name/3", HelpName = "B", Required = true };
    private readonly Option<string> _input = new("--input") { Description = "File of records; - reads one text a line from standard input", HelpName = "F", Required = true };
    private readonly Option<string> _output = new("--output") { Description = "CSV, or JSON lines for .jsonl; .gz compresses; - is standard output", HelpName = "G", Required = true };
    private readonly Option<int?> _explain = new("--explain") { Description = $"Up to {Predictor.MostContributions} words and features that moved each answer", HelpName = "N" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads (all cores)", HelpName = "N" };

    private readonly SourceFlags _source = new();

    private readonly Option<AnswerFormat?> _format = new("--format")
    {
        Description = "csv or jsonl; else by the name of the output",
        HelpName = "HOW",
        CustomParser = Names.Parse<AnswerFormat>,
    };

    public PredictCommand(Terminal terminal)
        : base(terminal, "predict", "Answer every row of a file, in its order")
    {
        foreach (var option in new Option[] { _bundle, _input, _output, _format, _explain, _threads })
            Options.Add(option);
        _source.AddTexts(this);
        Examples =
        [
            "predict --bundle reviews@champion --input new.csv --output answers.csv", "predict --bundle reviews/3 --input new.csv --output answers.csv --user reviewer --time written",
            "predict --bundle reviews/3 --input - --output - --format jsonl < texts.txt",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (input, output) = (parse.GetRequiredValue(_input), parse.GetRequiredValue(_output));
        Check(parse, input, output);
        var home = CommonOptions.HomeOf(parse);
        var bundle = await BundleLocator.FindAsync(home, parse.GetRequiredValue(_bundle), Terminal.Time);
        using var predictor = Predictor.Load(bundle.Directory);
        var project = Project.Find(Environment.CurrentDirectory);
        await using var aggregates = FileAggregates.Open(predictor, Serving.WithFolder(project?.FeatureStore, home), Terminal.Time);
        var inputs = new RecordInputs(predictor, aggregates?.Online, Terminal.Time.GetUtcNow());
        var batches = Read(parse, input, predictor, project?.Data?.Source, cancellation);
        var threads = input == Standard ? 1 : parse.GetValue(_threads) ?? Environment.ProcessorCount;
        var formatter = new AnswerFormatter(predictor, parse.GetValue(_format) ?? FormatOf(output), inputs, parse.GetValue(_explain) ?? 0);
        long rows = 0;
        if (output == Standard)
        {
            using var stream = Terminal.OpenOutput();
            rows = Write(stream, formatter, batches, threads, cancellation);
        }
        else
        {
            OutputFile.Write(output, stream => rows = Write(stream, formatter, batches, threads, cancellation));
        }
        Report(parse, rows, bundle, output, inputs, aggregates);
        return ExitCode.Ok;
    }

    private void Check(ParseResult parse, string input, string output)
    {
        if (output == Standard && parse.GetValue(CommonOptions.Json))
            throw CliException.Usage("--json prints a summary on standard output, where --output - prints the answers; choose one. JSON answers: --format jsonl.");
        if (input != Standard && Path.GetFullPath(input) == Path.GetFullPath(output))
            throw CliException.Usage($"{output} is the input; the answers would replace it. Name another file with --output.");
        if (parse.GetValue(_threads) is < 1)
            throw CliException.Usage("--threads is below 1.");
        if (parse.GetValue(_explain) is < 1 or > Predictor.MostContributions)
            throw CliException.Usage($"--explain is not within 1 to {Predictor.MostContributions}.");
    }

    private void Report(ParseResult parse, long rows, LocatedBundle bundle, string output, RecordInputs inputs, FileAggregates? aggregates)
    {
        foreach (var warning in aggregates?.Warnings(inputs) ?? [])
            Terminal.Error.WriteLine($"warning: {warning}");
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = new JsonObject { ["rows"] = rows, ["bundle"] = bundle.Directory, ["output"] = Path.GetFullPath(output), ["warnings"] = Reports.ToJson(inputs.Tally) };
            if (aggregates is not null)
                (json["feature_store"], json["unreadable_times"]) = (aggregates.Store, inputs.UnreadableTimes);
            JsonOutput.Write(Terminal, json);
            return;
        }
        Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:n0} answers{(output == Standard ? "" : $" in {output}")}"));
        Reports.Write(Terminal, inputs.Tally);
    }

    private IEnumerable<RecordBatch> Read(ParseResult parse, string input, Predictor predictor, SourceOptions? usual, CancellationToken cancellation)
    {
        var inputs = predictor.NumericFeatures.Where(feature => feature.Source == NumericFeatureSource.Input).Select(feature => feature.Name).ToArray();
        var aggregates = predictor.Manifest.Contract.Options.Numeric.Aggregates;
        return input == Standard
            ? LineTexts.Read(Terminal.OpenInput(), inputs.Length + aggregates.Count, cancellation)
            : Source.ReadTexts(
                _source.Apply(parse, new SourceOptions { Path = input, Numeric = inputs, Categorical = predictor.Manifest.Contract.Options.Categorical.Inputs }),
                aggregates.Count > 0 ? BatchOfLookups : Batch, aggregates, usual, cancellation);
    }

    private static long Write(Stream target, AnswerFormatter formatter, IEnumerable<RecordBatch> batches, int threads, CancellationToken cancellation)
    {
        target.Write(formatter.Header());
        long rows = 0;
        foreach (var (count, bytes) in RecordBatches.MapInOrder(batches, threads, batch => (batch.Count, formatter.Format(batch, cancellation)), cancellation))
        {
            target.Write(bytes.Span);
            target.Flush();
            rows += count;
        }
        return rows;
    }

    private static AnswerFormat FormatOf(string path)
    {
        var name = OutputFile.IsCompressed(path) ? path[..^3] : path;
        return Path.GetExtension(name).ToLowerInvariant() is ".jsonl" or ".ndjson" or ".json" ? AnswerFormat.Jsonl : AnswerFormat.Csv;
    }
}
