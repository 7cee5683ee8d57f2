using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Cli.Predictions;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class PredictCommand : CliCommand
{
    private const string Standard = "-";

    private readonly Option<string> _bundle = new("--bundle") { Description = "Folder, digest, name@alias or name/3", HelpName = "B", Required = true };
    private readonly Option<string> _input = new("--input") { Description = "File of records; - reads one text a line from standard input", HelpName = "F", Required = true };
    private readonly Option<string> _output = new("--output") { Description = "CSV, or JSON lines for .jsonl; .gz compresses; - is standard output", HelpName = "G", Required = true };
    private readonly Option<string?> _text = new("--text") { Description = "Column of texts; else found by itself", HelpName = "COLUMN" };
    private readonly Option<int?> _explain = new("--explain") { Description = $"Up to {Predictor.MostContributions} words and features that moved each answer", HelpName = "N" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads (all cores)", HelpName = "N" };

    private readonly Option<AnswerFormat?> _format = new("--format")
    {
        Description = "csv or jsonl; else by the name of the output",
        HelpName = "HOW",
        CustomParser = Names.Parse<AnswerFormat>,
    };

    public PredictCommand(Terminal terminal)
        : base(terminal, "predict", "Answer every row of a file, in its order")
    {
        foreach (var option in new Option[] { _bundle, _input, _output, _text, _format, _explain, _threads })
            Options.Add(option);
        Examples = ["predict --bundle reviews@champion --input new.csv --output answers.csv", "predict --bundle reviews/3 --input - --output - --format jsonl < texts.txt"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (input, output) = (parse.GetRequiredValue(_input), parse.GetRequiredValue(_output));
        if (output == Standard && parse.GetValue(CommonOptions.Json))
            throw CliException.Usage("--json prints a summary on standard output, where --output - prints the answers; choose one. JSON answers: --format jsonl.");
        if (input != Standard && Path.GetFullPath(input) == Path.GetFullPath(output))
            throw CliException.Usage($"{output} is the input; the answers would replace it. Name another file with --output.");
        if (parse.GetValue(_threads) is < 1)
            throw CliException.Usage("--threads is below 1.");
        if (parse.GetValue(_explain) is < 1 or > Predictor.MostContributions)
            throw CliException.Usage($"--explain is not within 1 to {Predictor.MostContributions}.");
        var bundle = await BundleLocator.FindAsync(Home.Resolve(parse.GetValue(CommonOptions.Home)), parse.GetRequiredValue(_bundle), Terminal.Time);
        using var predictor = Predictor.Load(bundle.Directory);
        var tally = new ContractTally(predictor.NumericFeatures);
        var batches = Read(parse, input, predictor, cancellation);
        var threads = input == Standard ? 1 : parse.GetValue(_threads) ?? Environment.ProcessorCount;
        var formatter = new AnswerFormatter(predictor, parse.GetValue(_format) ?? FormatOf(output), tally, parse.GetValue(_explain) ?? 0);
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
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["rows"] = rows, ["bundle"] = bundle.Directory, ["output"] = Path.GetFullPath(output), ["warnings"] = Reports.ToJson(tally) });
        else
            Report(rows, output, tally);
        return ExitCode.Ok;
    }

    private void Report(long rows, string output, ContractTally tally)
    {
        Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:n0} answers{(output == Standard ? "" : $" in {output}")}"));
        Reports.Write(Terminal, tally);
    }

    private IEnumerable<RecordBatch> Read(ParseResult parse, string input, Predictor predictor, CancellationToken cancellation)
    {
        var inputs = predictor.NumericFeatures.Where(feature => feature.Source == NumericFeatureSource.Input).Select(feature => feature.Name).ToArray();
        var aggregates = predictor.Manifest.Contract.Options.Numeric.Aggregates;
        return input == Standard
            ? LineTexts.Read(Terminal.OpenInput(), inputs.Length + aggregates.Count, cancellation)
            : Source.ReadTexts(new SourceOptions { Path = input, Text = parse.GetValue(_text), Numeric = inputs }, aggregates: aggregates, stop: cancellation);
    }

    private static long Write(Stream target, AnswerFormatter formatter, IEnumerable<RecordBatch> batches, int threads, CancellationToken cancellation)
    {
        target.Write(formatter.Header());
        long rows = 0;
        foreach (var (count, bytes) in RecordBatches.MapInOrder(batches, threads, batch => (batch.Count, formatter.Format(batch)), cancellation))
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
