using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli.Commands;

internal sealed class ArtifactsCommand : CliCommand
{
    public ArtifactsCommand(Terminal terminal)
        : base(terminal, "artifacts", "The store of files that other machines need: list, push, fetch, check, remove, collect")
    {
        Subcommands.Add(new ArtifactsListCommand(terminal));
        Subcommands.Add(new ArtifactsPushCommand(terminal));
        Subcommands.Add(new ArtifactsFetchCommand(terminal));
        Subcommands.Add(new ArtifactsCheckCommand(terminal));
        Subcommands.Add(new ArtifactsRemoveCommand(terminal));
        Subcommands.Add(new ArtifactsGcCommand(terminal));
        Examples = ["artifacts", "artifacts push --artifacts /srv/artifacts", "artifacts check", "artifacts gc --dry-run"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ArtifactsListCommand.ListAsync(Terminal, parse, cancellation);

    /// <exception cref="CliException">There is no artifact store.</exception>
    public static SharedArtifacts Open(ParseResult parse, Terminal terminal)
    {
        var home = CommonOptions.HomeOf(parse);
        return home.Artifacts is not null
            ? new SharedArtifacts(home, terminal.Time)
            : throw CliException.Usage($"There is no artifact store: files are in {home.Root} alone. Name one with --artifacts, ${ArtifactStoreOptions.EnvironmentVariable} or artifacts of a plumbline.yaml.");
    }
}

internal sealed class ArtifactsListCommand(Terminal terminal) : CliCommand(terminal, "list", "Bundles, snapshots, runs and logged models in the store")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        using var shared = ArtifactsCommand.Open(parse, terminal);
        var store = await shared.OpenAsync(cancellation);
        var trees = new List<(ArtifactTree Tree, int Files, long Bytes)>();
        foreach (var kind in Enum.GetValues<ArtifactKind>())
        {
            await foreach (var id in store.ListAsync(kind, cancellation))
            {
                var (files, bytes) = await store.MeasureAsync(new ArtifactTree(kind, id), cancellation);
                trees.Add((new ArtifactTree(kind, id), files, bytes));
            }
        }
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonArray([.. trees.Select(tree => new JsonObject { ["tree"] = tree.Tree.ToString(), ["files"] = tree.Files, ["bytes"] = tree.Bytes })]));
        else if (trees.Count == 0)
            terminal.Error.WriteLine($"{store.Address} holds nothing yet. Fill it with plumbline artifacts push, or by training with it.");
        else
            Tables.Write(
                terminal, ["Tree", "Files>", "Size>"],
                trees.Select(tree => new[] { tree.Tree.ToString(), tree.Files.ToString(CultureInfo.InvariantCulture), SnapshotCommand.Size(tree.Bytes) }));
        return ExitCode.Ok;
    }
}

internal sealed class ArtifactsPushCommand(Terminal terminal) : CliCommand(terminal, "push", "Put what the state folder holds into the store, and mend what is missing there")
{
    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        using var shared = ArtifactsCommand.Open(parse, Terminal);
        var json = new JsonObject { ["store"] = (await shared.OpenAsync(cancellation)).Address };
        foreach (var kind in Enum.GetValues<ArtifactKind>())
        {
            var count = 0;
            foreach (var tree in shared.Local(kind))
            {
                await shared.PublishAsync(tree, replace: false, cancellation);
                count++;
            }
            json[JsonOutput.NameOf(kind)] = count;
        }
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, json);
        else
            Terminal.Error.WriteLine($"{json["store"]} has {json["bundles"]} bundles, {json["snapshots"]} snapshots, {json["runs"]} runs and {json["logged_models"]} logged models of this state folder");
        return ExitCode.Ok;
    }
}

internal sealed class ArtifactsCheckCommand : CliCommand
{
    private const int ShownNames = 3;

    private readonly Option<bool> _remove = new("--remove") { Description = "Remove what is damaged, so that push can put it again" };

    public ArtifactsCheckCommand(Terminal terminal)
        : base(terminal, "check", "Read everything that is named in the store, and tell what is missing or damaged")
    {
        Options.Add(_remove);
        Examples = ["artifacts check", "artifacts check --remove"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        using var shared = ArtifactsCommand.Open(parse, Terminal);
        var store = await shared.OpenAsync(cancellation);
        var remove = parse.GetValue(_remove);
        var (blobs, bytes, faults) = await store.CheckAsync(remove, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ToJson(blobs, bytes, faults, remove));
        foreach (var fault in faults)
            Terminal.Error.WriteLine($"{fault.Blob.Sha256}: {fault.Problem}; named by {SnapshotCommand.Shorten(fault.NamedBy, ShownNames)}");
        if (faults.Count > 0)
            throw new MetadataException(MetadataError.Damaged, $"{faults.Count} of {blobs} blobs in {store.Address} are missing or damaged. Remove the damaged with --remove, then run plumbline artifacts push where the files still are.");
        Terminal.Error.WriteLine($"{blobs} blobs, {SnapshotCommand.Size(bytes)}, all whole");
        return ExitCode.Ok;
    }

    private static JsonObject ToJson(int blobs, long bytes, IReadOnlyList<ArtifactFault> faults, bool removed) => new()
    {
        ["blobs"] = blobs,
        ["bytes"] = bytes,
        ["faults"] = new JsonArray([.. faults.Select(fault => new JsonObject
        {
            ["sha256"] = fault.Blob.Sha256,
            ["problem"] = fault.Problem,
            ["removed"] = removed && fault.IsDamaged,
            ["named_by"] = SnapshotCommand.Texts(fault.NamedBy),
        })]),
    };
}

internal sealed class ArtifactsGcCommand : CliCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be removed" };

    public ArtifactsGcCommand(Terminal terminal)
        : base(terminal, "gc", "Remove content that nothing names any more, and uploads that were broken off, a day later")
    {
        Options.Add(_dryRun);
        Examples = ["artifacts gc --dry-run", "artifacts gc"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        using var shared = ArtifactsCommand.Open(parse, Terminal);
        var dryRun = parse.GetValue(_dryRun);
        var collected = await (await shared.OpenAsync(cancellation)).CollectAsync(dryRun, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["dry_run"] = dryRun, ["blobs"] = collected.Blobs, ["freed_bytes"] = collected.Bytes, ["uploads"] = collected.Uploads });
        else
            Terminal.Error.WriteLine($"{(dryRun ? "Would remove" : "Removed")} {collected.Blobs} blobs, {SnapshotCommand.Size(collected.Bytes)}, and {collected.Uploads} uploads that were broken off");
        return ExitCode.Ok;
    }
}
