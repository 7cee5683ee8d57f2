using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Pipelines;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class SnapshotCommand : CliCommand
{
    public SnapshotCommand(Terminal terminal)
        : base(terminal, "snapshot", "Snapshots: list, show, compare, and remove those nobody needs")
    {
        Subcommands.Add(new SnapshotListCommand(terminal));
        Subcommands.Add(new SnapshotShowCommand(terminal));
        Subcommands.Add(new SnapshotDiffCommand(terminal));
        Subcommands.Add(new SnapshotGcCommand(terminal));
        Examples = ["snapshot", "snapshot show 3f0c9a --verify", "snapshot diff 3f0c9a 81b2d4", "snapshot gc --dry-run"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => SnapshotListCommand.ListAsync(Terminal, parse, cancellation);

    /// <summary>Who refers to which snapshot; asking makes no store.</summary>
    public static async Task<ILookup<string, string>> ReferencesAsync(Home home, TimeProvider time, CancellationToken cancellation)
    {
        await using var store = OpenStore(home, time);
        return await SnapshotReferences.FindAsync(home, store, cancellation);
    }

    /// <returns>Null where there is none.</returns>
    public static IMetadataStore? OpenStore(Home home, TimeProvider time) => home.Store is null && !File.Exists(home.Database) ? null : Workspace.OpenStore(home, time);

    public static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);

    public static string Size(long bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:f1} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:f1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:f1} GiB"),
    };

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    /// <summary>The first few, and how many more.</summary>
    public static string Shorten(IReadOnlyList<string> texts, int most) =>
        string.Join(", ", texts.Take(most)) + (texts.Count > most ? $" and {texts.Count - most} more" : "");
}

internal sealed class SnapshotListCommand(Terminal terminal) : CliCommand(terminal, "list", "Snapshots, the newest first, with who refers to them")
{
    private const int ShownReferences = 3;

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var snapshots = new SnapshotStore(home).List();
        var references = await SnapshotCommand.ReferencesAsync(home, terminal.Time, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(terminal, new JsonArray([.. snapshots.Select(stored => ToJson(stored, references[stored.Digest]))]));
        else if (snapshots.Count == 0)
            terminal.Error.WriteLine($"No snapshots in {home.Snapshots}. Make one with plumbline ingest FILE.");
        else
            Tables.Write(
                terminal, ["Snapshot", "Source", "Train>", "Valid>", "Test>", "Labels>", "Size>", "Created", "Referred to by"],
                snapshots.Select(stored => Row(stored, [.. references[stored.Digest]])));
        return ExitCode.Ok;
    }

    private static string[] Row(StoredSnapshot stored, IReadOnlyList<string> references)
    {
        if (stored.Snapshot?.Manifest is not { } manifest)
            return [stored.Digest[..12], stored.Problem!, "", "", "", "", "", SnapshotCommand.Day(stored.Created), SnapshotCommand.Shorten(references, ShownReferences)];
        var counts = manifest.Counts;
        return
        [
            stored.Digest[..12], Source(manifest), SnapshotCommand.Number(counts.Train), SnapshotCommand.Number(counts.Valid), SnapshotCommand.Number(counts.Test),
            SnapshotCommand.Number(manifest.Labels.Count), SnapshotCommand.Size(manifest.Size), SnapshotCommand.Day(stored.Created), SnapshotCommand.Shorten(references, ShownReferences),
        ];
    }

    private static string Source(SnapshotManifest manifest) => manifest.Sources switch
    {
        [] => "",
        [var only] => Path.GetFileName(only.Name),
        [var first, ..] => $"{Path.GetFileName(first.Name)} and {manifest.Sources.Count - 1} more",
    };

    private static JsonObject ToJson(StoredSnapshot stored, IEnumerable<string> references)
    {
        var json = new JsonObject
        {
            ["snapshot"] = stored.Digest,
            ["directory"] = stored.Directory,
            ["created"] = stored.Created,
            ["used"] = stored.Used,
            ["referred_to_by"] = SnapshotCommand.Texts(references),
        };
        if (stored.Snapshot?.Manifest is not { } manifest)
        {
            json["problem"] = stored.Problem;
            return json;
        }
        json["sources"] = SnapshotCommand.Texts(manifest.Sources.Select(source => source.Name));
        json["rows"] = Reports.Counts(manifest.Counts);
        json["labels"] = SnapshotCommand.Texts(manifest.Labels);
        json["bytes"] = manifest.Size;
        return json;
    }
}
