using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Inference.Batch;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class PredictCommand : CliCommand
{
    private const string Standard = "-";
    private const string Devices = "/dev/";
    private const int DigestDigits = 12;
    private const int MostToldFaults = 10;

    private readonly Option<string?> _bundle = new("--bundle") { Description = "Folder, digest, name@alias, name/3, or a file of a graph of ONNX", HelpName = "B" };
    private readonly Option<string?> _input = new("--input") { Description = "File, folder, pattern or s3:// address of records; - reads one text a line from standard input", HelpName = "F" };
    private readonly Option<string?> _output = new("--output") { Description = "CSV, JSON lines for .jsonl (both also .gz), Parquet for .parquet; a file, s3://bucket/key, or - for standard output", HelpName = "G" };
    private readonly Option<int?> _explain = new("--explain") { Description = $"Up to {Predictor.MostContributions} words and features that moved each answer", HelpName = "N" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads (all cores)", HelpName = "N" };
    private readonly Option<bool> _versionColumn = new("--version-column") { Description = "Add a column with the version that answered" };
    private readonly Option<int?> _textLength = new("--text-length") { Description = "Longest text that is answered, in characters", HelpName = "N" };
    private readonly Option<bool> _restart = new("--restart") { Description = "Drop what an interrupted run left, and begin anew" };
    private readonly Option<string?> _job = new("--job") { Description = "Help with this batch job instead, until it ends", HelpName = "ID" };

    private readonly SourceFlags _source = new();

    private readonly Option<AnswerFormat?> _format = new("--format")
    {
        Description = "csv, jsonl or parquet; else by the name of the output",
        HelpName = "HOW",
        CustomParser = Names.Parse<AnswerFormat>,
    };

    private readonly Option<string[]?> _keep = new("--keep")
    {
        Description = "Columns of the input that stand before the answers, with commas between",
        HelpName = "NAMES",
        CustomParser = Lists.Parse,
    };

    private readonly Option<ErrorLimit?> _maxErrors = new("--max-errors")
    {
        Description = "Break off where more rows cannot be answered: a number, or a share such as 2%",
        HelpName = "N",
        CustomParser = ParseLimit,
    };

    public PredictCommand(Terminal terminal)
        : base(terminal, "predict", "Answer every row of a file, in its order")
    {
        IsTraced = true;
        foreach (var option in new Option[] { _bundle, _input, _output, _format, _keep, _versionColumn, _maxErrors, _textLength, _restart, _explain, _threads, _job })
            Options.Add(option);
        _source.AddTexts(this);
        Examples =
        [
            "predict --bundle reviews@champion --input new.csv --output answers.csv", "predict --bundle reviews/3 --input new.csv --output answers.csv --user reviewer --time written",
            "predict --bundle reviews/3 --input 'in/*.parquet' --output answers.parquet --keep id,asin", "predict --bundle reviews/3 --input - --output - --format jsonl < texts.txt",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var project = Project.Find(Environment.CurrentDirectory);
        if (parse.GetValue(_job) is { } job)
            return await HelpAsync(parse, job, home, project, cancellation);
        var (input, output) = Check(parse);
        var bundle = await ServableModel.FindAsync(home, parse.GetValue(_bundle)!, Terminal.Time, cancellation);
        using var predictor = IPredictor.Load(bundle.Directory);
        await using var aggregates = FileAggregates.Open(predictor, Serving.WithFolder(project?.FeatureStore, home), Terminal.Time);
        var options = OptionsOf(parse, input, output, bundle, predictor, project?.Data?.Source);
        var began = Terminal.Time.GetTimestamp();
        var result = input == Standard || output == Standard || Path.GetFullPath(output).StartsWith(Devices, StringComparison.Ordinal)
            ? Stream(parse, input, new StreamedAnswers(predictor, options, aggregates?.Online, Terminal.Time), output, cancellation)
            : await AnswerAsync(parse, new BatchInference(predictor, options, aggregates?.Online, home, Terminal.Time), cancellation);
        Report(parse, result, bundle, output, aggregates, Terminal.Time.GetElapsedTime(began));
        return ExitCode.Ok;
    }

    private async Task<ExitCode> HelpAsync(ParseResult parse, string id, Home home, Project? project, CancellationToken cancellation)
    {
        if (new Option[] { _bundle, _input, _output, _format, _keep, _versionColumn, _maxErrors, _textLength, _restart, _explain }.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } odd)
            throw CliException.Usage($"{odd.Name} does not go with --job: the job says what is answered how.");
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        id = await StoredIds.BatchJobs.CompleteAsync(workspace.Store, id, cancellation);
        FileAggregates? aggregates = null;
        try
        {
            var source = project?.Data?.Source;
            var worker = new BatchJobWorker(
                new BatchJobStore(workspace.Store, Terminal.Time), (definition, token) => ServableModel.LocateAsync(home, definition, Terminal.Time, token),
                predictor => (aggregates ??= FileAggregates.Open(predictor, Serving.WithFolder(project?.FeatureStore, home), Terminal.Time))?.Online,
                home, source?.S3 ?? new S3Options(), source?.Retry ?? new RetryOptions(), $"{Environment.MachineName}:{Environment.ProcessId}", Terminal.Time);
            var ended = await ProgressView.RunAsync(
                Terminal, view => Task.Run(() => worker.Work(id, parse.GetValue(_threads) ?? Environment.ProcessorCount, null, view, cancellation), CancellationToken.None));
            BatchJobsCommand.Report(Terminal, parse, ended);
            return ended.State == BatchJobState.Completed ? ExitCode.Ok : ExitCode.Data;
        }
        finally
        {
            if (aggregates is not null)
                await aggregates.DisposeAsync();
        }
    }

    private (string Input, string Output) Check(ParseResult parse)
    {
        if (parse.GetValue(_bundle) is null || parse.GetValue(_input) is not { } input || parse.GetValue(_output) is not { } output)
            throw CliException.Usage("Name the model with --bundle, the rows with --input and the answers with --output; or a job with --job.");
        if (output == Standard && parse.GetValue(CommonOptions.Json))
            throw CliException.Usage("--json prints a summary on standard output, where --output - prints the answers; choose one. JSON answers: --format jsonl.");
        if (input != Standard && Path.GetFullPath(input) == Path.GetFullPath(output))
            throw CliException.Usage($"{output} is the input; the answers would replace it. Name another file with --output.");
        if (parse.GetValue(_threads) is < 1)
            throw CliException.Usage("--threads is below 1.");
        if (parse.GetValue(_textLength) is < 1)
            throw CliException.Usage("--text-length is below 1.");
        if (parse.GetValue(_explain) is < 1 or > Predictor.MostContributions)
            throw CliException.Usage($"--explain is not within 1 to {Predictor.MostContributions}.");
        return (input, output);
    }

    private BatchOptions OptionsOf(ParseResult parse, string input, string output, LocatedBundle bundle, IPredictor predictor, SourceOptions? usual)
    {
        var source = _source.Apply(parse, new SourceOptions { Path = input, S3 = usual?.S3 ?? new S3Options(), Retry = usual?.Retry ?? new RetryOptions() });
        var version = bundle.Version is { } named ? $"{named.Name}/{named.Version}" : predictor.Digest[..DigestDigits];
        var options = new BatchOptions { Source = source, Usual = usual, Output = output, Format = parse.GetValue(_format) ?? AnswerFormats.Of(output) };
        return options with
        {
            Keep = Lists.Given(parse, _keep) ?? [],
            Version = parse.GetValue(_versionColumn) ? version : null,
            Explain = parse.GetValue(_explain) ?? 0,
            TextLength = parse.GetValue(_textLength) ?? options.TextLength,
            MaxErrors = parse.GetValue(_maxErrors),
        };
    }

    private async Task<BatchResult> AnswerAsync(ParseResult parse, BatchInference inference, CancellationToken cancellation)
    {
        try
        {
            return await ProgressView.RunAsync(
                Terminal, view => inference.RunAsync(parse.GetValue(_threads) ?? Environment.ProcessorCount, parse.GetValue(_restart), view, cancellation));
        }
        catch (OperationCanceledException exception) when (cancellation.IsCancellationRequested && inference.RowsKept > 0)
        {
            throw new CliException(
                ExitCode.Interrupted,
                string.Create(CultureInfo.InvariantCulture, $"interrupted; {inference.RowsKept:n0} rows are answered. The same command goes on there; with --restart it begins anew."), exception);
        }
    }

    private BatchResult Stream(ParseResult parse, string input, StreamedAnswers answers, string output, CancellationToken cancellation)
    {
        if (output == Standard)
        {
            using var stream = Terminal.OpenOutput();
            return Run(stream);
        }
        BatchResult? result = null;
        OutputFile.Write(output, stream => result = Run(stream));
        return result!;

        BatchResult Run(Stream stream)
        {
            var told = 0;
            return input == Standard
                ? answers.RunLines(Terminal.OpenInput(), stream, cancellation)
                : answers.RunSource(parse.GetValue(_threads) ?? Environment.ProcessorCount, stream, Tell, cancellation);

            void Tell(string fault)
            {
                if (told++ < MostToldFaults)
                    Terminal.Error.WriteLine($"no answer: {fault}");
            }
        }
    }

    private void Report(ParseResult parse, BatchResult result, LocatedBundle bundle, string output, FileAggregates? aggregates, TimeSpan elapsed)
    {
        foreach (var warning in aggregates?.Warnings(result.Inputs) ?? [])
            Terminal.Error.WriteLine($"warning: {warning}");
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = new JsonObject
            {
                ["rows"] = result.Rows,
                ["errors"] = result.Errors,
                ["resumed"] = result.Resumed,
                ["bundle"] = bundle.Directory,
                ["output"] = output.Contains("://", StringComparison.Ordinal) ? output : Path.GetFullPath(output),
                ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
                ["peak_mib"] = ProcessMemory.PeakMebibytes(),
                ["warnings"] = Reports.ToJson(result.Inputs.Tally),
            };
            if (aggregates is not null)
                (json["feature_store"], json["unreadable_times"]) = (aggregates.Store, result.Inputs.UnreadableTimes);
            JsonOutput.Write(Terminal, json);
            return;
        }
        Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Rows - result.Errors:n0} answers{(output == Standard ? "" : $" in {output}")}{Without(result, output)}"));
        Reports.Write(Terminal, result.Inputs.Tally);
    }

    private static string Without(BatchResult result, string output) => result.Errors == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"; {result.Errors:n0} rows cannot be answered{(output == Standard ? "" : $": {output}.errors.jsonl says why")}");

    private static ErrorLimit? ParseLimit(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (ErrorLimit.TryParse(text, out var limit))
            return limit;
        result.AddError($"'{text}' is neither a number of rows nor a share such as 2%.");
        return null;
    }
}
