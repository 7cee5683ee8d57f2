using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class IngestCommand : CliCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "CSV, TSV, JSON lines (also .gz, .zst) or Parquet" };
    private readonly SourceFlags _source = new();

    public IngestCommand(Terminal terminal)
        : base(terminal, "ingest", "Copy a file into an immutable, split snapshot")
    {
        Arguments.Add(_file);
        _source.AddTo(this);
        Examples = ["ingest reviews.csv.gz", "ingest tickets.jsonl --text body --label queue --split-by time --time created_at"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = Home.Resolve(parse.GetValue(CommonOptions.Home));
        var source = _source.Apply(parse, new SourceOptions { Path = parse.GetRequiredValue(_file) });
        var snapshot = await ProgressView.RunAsync(Terminal, view => Task.Run(() => Snapshot.Ingest(new IngestOptions { Source = source, Time = Terminal.Time }, home, view, cancellation), cancellation));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, Reports.ToJson(snapshot));
        else
            Reports.Write(Terminal, snapshot);
        return ExitCode.Ok;
    }
}
