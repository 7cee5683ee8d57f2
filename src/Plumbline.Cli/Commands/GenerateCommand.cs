using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets.Generation;

namespace Plumbline.Cli.Commands;

internal sealed class GenerateCommand : CliCommand
{
    private readonly Argument<string> _file = new("OUT") { Description = "CSV file to write; .gz compresses" };
    private readonly GeneratorFlags _flags = new();
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Same options and seed: same bytes (1)", HelpName = "N" };

    public GenerateCommand(Terminal terminal)
        : base(terminal, "generate", "Write a made-up corpus of product reviews")
    {
        Arguments.Add(_file);
        _flags.AddTo(this);
        Options.Add(_seed);
        Examples = ["generate reviews.csv.gz --rows 100000", "generate drifted.csv --drift-from 2025-01-01 --drift vocabulary,mix"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var path = parse.GetRequiredValue(_file);
        var generator = _flags.Create(parse, parse.GetValue(_seed));
        await WriteAsync(Terminal, generator, path, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["file"] = Path.GetFullPath(path), ["rows"] = generator.Options.Rows, ["bytes"] = new FileInfo(path).Length });
        else
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{generator.Options.Rows:n0} reviews in {path}"));
        return ExitCode.Ok;
    }

    /// <summary>The file appears whole or not at all.</summary>
    public static Task WriteAsync(Terminal terminal, ReviewGenerator generator, string path, CancellationToken cancellation) =>
        ProgressView.RunAsync(terminal, view => Task.Run(
            () =>
            {
                var progress = terminal.IsInteractive ? new RowProgress(view, generator.Options.Rows) : null;
                OutputFile.Write(path, stream => generator.WriteCsvAsync(stream, progress: progress, cancellationToken: cancellation).GetAwaiter().GetResult());
                view.Show("generate", 1, path);
                return true;
            },
            cancellation));

    private sealed class RowProgress(ProgressView view, long total) : IProgress<long>
    {
        public void Report(long value) => view.Show("generate", (double)value / total, string.Create(CultureInfo.InvariantCulture, $"{value:n0} rows"));
    }
}
