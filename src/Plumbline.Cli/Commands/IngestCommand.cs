using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Projects;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli.Commands;

internal sealed class IngestCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE")
    {
        Description = $"Data (a file, pattern, folder or s3:// address), or a {Project.FileName}; else the {Project.FileName} here",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly SourceFlags _source = new();

    public IngestCommand(Terminal terminal)
        : base(terminal, "ingest", "Copy data into an immutable, split snapshot")
    {
        IsTraced = true;
        Arguments.Add(_file);
        _source.AddTo(this);
        Examples =
        [
            "ingest reviews.csv.gz", "ingest tickets.jsonl --text body --label queue --split-by time --time created_at", "ingest 's3://lake/reviews/2024-*.parquet' --duplicates near --cap 20000",
            "ingest --query 'SELECT body AS text, queue AS label FROM tickets ORDER BY id' --postgres 'Host=db;Database=shop;Username=reader'",
        ];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var since = Terminal.Time.GetTimestamp();
        var home = CommonOptions.HomeOf(parse);
        var (ingest, project) = _source.Resolve(parse, parse.GetValue(_file));
        ingest = ingest with { Time = Terminal.Time };
        await using var events = OpenLineageEvents.Open(home, Terminal.Time, project);
        var name = ingest.Name ?? ModelName.Of(ingest.Source.Path);
        var snapshot = await ProgressView.RunAsync(Terminal, view => Task.Run(
            () => TrackedWork.IngestAsync(events, name, ingest, null, () => Snapshot.Ingest(ingest, home, view, cancellation)), cancellation));
        using (var shared = new SharedArtifacts(home, Terminal.Time))
            await shared.PublishAsync(new ArtifactTree(ArtifactKind.Snapshots, snapshot.Digest), cancellation: cancellation);
        if (!parse.GetValue(CommonOptions.Json))
        {
            Reports.Write(Terminal, snapshot);
            return ExitCode.Ok;
        }
        var json = Reports.ToJson(snapshot);
        json["seconds"] = JsonOutput.Rounded(Terminal.Time.GetElapsedTime(since).TotalSeconds, 3);
        json["peak_mib"] = JsonOutput.Rounded(ProcessMemory.PeakMebibytes(), 1);
        JsonOutput.Write(Terminal, json);
        return ExitCode.Ok;
    }
}
