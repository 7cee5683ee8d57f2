using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli.Commands;

internal sealed class ArtifactsFetchCommand : CliCommand
{
    private readonly Argument<string[]> _trees = new("TREE") { Description = "As the list shows it, such as runs/3f0c…", Arity = ArgumentArity.OneOrMore };

    public ArtifactsFetchCommand(Terminal terminal)
        : base(terminal, "fetch", "Bring bundles, snapshots and the files of runs and logged models from the store into the state folder")
    {
        Arguments.Add(_trees);
        Examples = ["artifacts fetch runs/6b1f…", "artifacts fetch bundles/3f0c9a… snapshots/90aa…"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var trees = parse.GetRequiredValue(_trees).Select(Parse).ToArray();
        using var shared = ArtifactsCommand.Open(parse, Terminal);
        var folders = new List<string>();
        foreach (var tree in trees)
        {
            if (!await shared.FetchAsync(tree, cancellation))
                throw new MetadataException(MetadataError.NotFound, $"{(await shared.OpenAsync(cancellation)).Address} has no {tree}. plumbline artifacts lists what it has.");
            folders.Add(shared.FolderOf(tree));
        }
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonArray([.. folders.Select(folder => JsonValue.Create(folder))]));
        else
            folders.ForEach(Terminal.Out.WriteLine);
        return ExitCode.Ok;
    }

    private static ArtifactTree Parse(string name) => name.Split('/') switch
    {
        ["bundles", var digest] => new ArtifactTree(ArtifactKind.Bundles, digest),
        ["snapshots", var digest] => new ArtifactTree(ArtifactKind.Snapshots, digest),
        ["runs", var id] => new ArtifactTree(ArtifactKind.Runs, id),
        ["logged-models", var id] => new ArtifactTree(ArtifactKind.LoggedModels, id),
        _ => throw CliException.Usage($"'{name}' is none of bundles/DIGEST, snapshots/DIGEST, runs/ID and logged-models/ID. Predictions are read by plumbline predictions show."),
    };
}
