using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Cli.Commands;

internal sealed class ArtifactsRemoveCommand : CliCommand
{
    private const int ShownReferences = 3;

    private readonly Argument<string[]> _trees = new("TREE") { Description = "As the list shows it, such as snapshots/3f0c…", Arity = ArgumentArity.OneOrMore };

    public ArtifactsRemoveCommand(Terminal terminal)
        : base(terminal, "remove", "Remove snapshots, runs and logged models that nothing refers to from the store; bundles go by models prune")
    {
        Arguments.Add(_trees);
        Examples = ["artifacts remove snapshots/3f0c9a…", "artifacts remove runs/6b1f… runs/90aa…"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var trees = parse.GetRequiredValue(_trees).Select(Parse).ToArray();
        using var shared = ArtifactsCommand.Open(parse, Terminal);
        var store = await shared.OpenAsync(cancellation);
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        foreach (var tree in trees)
        {
            if (await WhyKeptAsync(workspace, tree, cancellation) is { } reason)
                throw new MetadataException(MetadataError.Conflict, $"{tree} stays: {reason}. What stood before it on the command line is removed.");
            await store.RemoveAsync(tree, cancellation);
        }
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonArray([.. trees.Select(tree => JsonValue.Create(tree.ToString()))]));
        else
            Terminal.Error.WriteLine($"Removed {trees.Length} from {store.Address}; plumbline artifacts gc frees what nothing else names");
        return ExitCode.Ok;
    }

    private static ArtifactTree Parse(string name) => name.Split('/') switch
    {
        ["snapshots", var digest] => new ArtifactTree(ArtifactKind.Snapshots, digest),
        ["runs", var id] => new ArtifactTree(ArtifactKind.Runs, id),
        ["logged-models", var id] => new ArtifactTree(ArtifactKind.LoggedModels, id),
        ["pipelines", var id] => new ArtifactTree(ArtifactKind.Pipelines, id),
        _ => throw CliException.Usage($"'{name}' is none of snapshots/DIGEST, runs/ID, logged-models/ID and pipelines/ID. Bundles go by plumbline models prune, predictions by server.prediction_log.retention_days and plumbline predictions erase."),
    };

    /// <returns>Null where it may go.</returns>
    private static async Task<string?> WhyKeptAsync(Workspace workspace, ArtifactTree tree, CancellationToken cancellation)
    {
        try
        {
            switch (tree.Kind)
            {
                case ArtifactKind.Snapshots:
                    var references = await SnapshotReferences.FindAsync(workspace.Home, workspace.Store, cancellation);
                    return references.Contains(tree.Id) ? $"{SnapshotCommand.Shorten([.. references[tree.Id]], ShownReferences)} refers to it" : null;
                case ArtifactKind.Runs:
                    return (await workspace.Tracking.GetRunAsync(tree.Id, cancellation)).Stage == LifecycleStage.Active ? "the run is not deleted" : null;
                case ArtifactKind.Pipelines:
                    return (await workspace.Pipelines.GetAsync(tree.Id, cancellation)).IsDone ? null : "the run has not ended";
                default:
                    await new LoggedModelStore(workspace.Store, TimeProvider.System).GetAsync(tree.Id, cancellation);
                    return "the model is not deleted";
            }
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            return null;
        }
    }
}
