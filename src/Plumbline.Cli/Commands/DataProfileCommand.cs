using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Datasets.Profiling;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class DataProfileCommand : CliCommand
{
    private const string DefaultPage = "profile.html";

    private readonly Argument<string?> _data = new("DATA")
    {
        Description = $"What ingest takes, or a snapshot: its folder, its data set's name, or six digits or more of its digest; else the {Project.FileName} here",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _out = new("--out") { Description = $"Where the page goes ({DefaultPage})", HelpName = "F" };
    private readonly Option<bool> _open = new("--open") { Description = "Open the page in the browser" };
    private readonly SourceFlags _source = new();

    public DataProfileCommand(Terminal terminal)
        : base(terminal, "profile", "Write a page of distributions, duplicates, conflicts, leaks and examples")
    {
        Arguments.Add(_data);
        Options.Add(_out);
        Options.Add(_open);
        _source.AddTo(this);
        Examples = ["data profile reviews.csv.gz --open", "data profile 3f0c51… --out reviews.html", "data profile tickets.jsonl --text body --label queue --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var data = parse.GetValue(_data);
        var (profile, title, files) = data is not null && await SnapshotLocator.TryFindAsync(home, data, Terminal.Time, cancellation) is { } directory
            ? OfSnapshot(directory)
            : await OfSourceAsync(parse, home, data, cancellation);
        var json = parse.GetValue(CommonOptions.Json);
        if (parse.GetValue(_out) is not null || parse.GetValue(_open) || !json)
        {
            var page = Path.GetFullPath(parse.GetValue(_out) ?? DefaultPage);
            OutputFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(ProfilePage.Render(profile, title, files))));
            Terminal.Error.WriteLine($"Page      {page}");
            if (parse.GetValue(_open))
                Browser.Open(Terminal, page);
        }
        if (json)
            JsonOutput.Write(Terminal, JsonNode.Parse(profile.ToJson())!);
        return ExitCode.Ok;
    }

    private static (DataProfile, string, IReadOnlyList<string>) OfSnapshot(string directory)
    {
        var snapshot = Snapshot.Open(directory);
        var profile = snapshot.Profile ?? throw new DatasetException($"{directory} has no profile: it was made by an older version. Profile its source instead");
        var files = snapshot.Manifest.Sources.Select(source => Path.GetFileName(source.Name)).ToArray();
        return (profile, $"{(files is [var only] ? only : $"{files.Length} files")} ({snapshot.Digest[..12]})", files);
    }

    private async Task<(DataProfile, string, IReadOnlyList<string>)> OfSourceAsync(ParseResult parse, Home home, string? data, CancellationToken cancellation)
    {
        var (options, project) = _source.Resolve(parse, data);
        var profile = await ProgressView.RunAsync(Terminal, view => Task.Run(() => Snapshot.ProfileSource(options, home, view, cancellation), cancellation));
        return (profile, project?.Name ?? (options.Source.Query is null ? Path.GetFileName(Path.TrimEndingDirectorySeparator(options.Source.Path)) : "query"), []);
    }
}
