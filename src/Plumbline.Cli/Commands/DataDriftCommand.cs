using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Datasets.Drift;
using Plumbline.Datasets.Output;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class DataDriftCommand : CliCommand
{
    private const string ReportSuffix = ".drift.json";

    private readonly Argument<string> _input = new("IN") { Description = "CSV, TSV, JSON lines (also .gz, .zst) or Parquet" };
    private readonly Argument<string> _output = new("OUT") { Description = "File to write: .csv, .tsv, .jsonl (also .gz) or .parquet" };
    private readonly DriftFlags _drift = new();
    private readonly SourceFlags _source = new();

    public DataDriftCommand(Terminal terminal)
        : base(terminal, "drift", "Copy records with drift injected, to test what should notice it")
    {
        Arguments.Add(_input);
        Arguments.Add(_output);
        _drift.AddTo(this);
        _source.AddSource(this);
        Examples =
        [
            "data drift reviews.csv.gz drifted.csv.gz --kind vocabulary --strength 0.3 --from 2024-06-01",
            "data drift tickets.jsonl drifted.jsonl --kind length,missing --numeric age --shape gradual --from 0.5",
            "data drift sales.parquet drifted.parquet --kind class-prior --shape seasonal --period 7d --from 2024-01-01",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var (input, output) = (parse.GetRequiredValue(_input), parse.GetRequiredValue(_output));
        var options = _drift.Create(parse);
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
            throw CliException.Usage($"{output} is the input; write to another file.");
        var format = RecordFormats.Of(output);
        var source = _source.Apply(parse, new SourceOptions { Path = input });
        var report = await ProgressView.RunAsync(Terminal, view => Task.Run(
            () =>
            {
                DriftInjectionReport? written = null;
                OutputFile.Write(output, stream => written = DriftedCopy.Write(source, options, format, stream, home, Environment.ProcessorCount, view, cancellation));
                AtomicFile.Write(output + ReportSuffix, stream => stream.Write(written!.ToJson()));
                return written!;
            },
            cancellation));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(report.ToJson())!);
        else
            Show(report, output);
        return ExitCode.Ok;
    }

    private void Show(DriftInjectionReport report, string output)
    {
        var kinds = report.Options.Kinds;
        Tables.Write(
            Terminal, ["From", "Rows>", "Written>", "Strength>", .. kinds.Select(kind => $"{Names.Of(kind)}>")],
            report.Windows.Where(window => window.RowsRead > 0).Select(window => (string[])
            [
                Point(report.Options.Axis, window.From), SnapshotCommand.Number(window.RowsRead), SnapshotCommand.Number(window.RowsWritten),
                window.Strength.ToString("f3", CultureInfo.InvariantCulture), .. kinds.Select(kind => SnapshotCommand.Number(window.Changed[kind])),
            ]));
        if (report.RowsWithoutTime > 0)
            Terminal.Error.WriteLine($"{SnapshotCommand.Number(report.RowsWithoutTime)} rows have no time that can be read; they stay as they were.");
        Terminal.Error.WriteLine($"{SnapshotCommand.Number(report.RowsWritten)} rows in {output}, what was done to them in {output}{ReportSuffix}");
    }

    private static string Point(DriftAxis axis, double point) => axis == DriftAxis.Time
        ? DateTimeOffset.UnixEpoch.AddSeconds(point).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
        : point.ToString("f3", CultureInfo.InvariantCulture);
}
