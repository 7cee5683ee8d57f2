using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;

namespace Plumbline.Cli.Commands;

internal enum Verification
{
    Files,
    Content,
}

internal sealed class SnapshotShowCommand : CliCommand
{
    private readonly Argument<string> _snapshot = new("SNAPSHOT") { Description = "Digest or its beginning, folder, or name of a data set" };

    private readonly Option<Verification?> _verify = new("--verify")
    {
        Description = "Check that its files are as written (files, also if nothing is said), or that its rows are those of its digest (content)",
        HelpName = "WHAT",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens.Count == 0 ? Verification.Files : Names.Parse<Verification>(result),
    };

    public SnapshotShowCommand(Terminal terminal)
        : base(terminal, "show", "What a snapshot holds, where it came from, and whether it is whole")
    {
        Arguments.Add(_snapshot);
        Options.Add(_verify);
        Examples = ["snapshot show 3f0c9a", "snapshot show 3f0c9a --verify=content --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var directory = await SnapshotLocator.FindAsync(home, parse.GetRequiredValue(_snapshot), Terminal.Time, cancellation);
        Verification? verify = parse.GetResult(_verify) is { Implicit: false } ? parse.GetValue(_verify) ?? Verification.Files : null;
        var snapshot = await Task.Run(() => Open(directory, verify, cancellation), cancellation);
        string[] references = [.. (await SnapshotCommand.ReferencesAsync(home, Terminal.Time, cancellation))[snapshot.Digest]];
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ToJson(snapshot, references, verify));
        else
            Show(snapshot, references, verify);
        return ExitCode.Ok;
    }

    private static Snapshot Open(string directory, Verification? verify, CancellationToken cancellation)
    {
        if (verify is null)
            return Snapshot.Describe(directory);
        var snapshot = Snapshot.Open(directory);
        if (verify == Verification.Content)
            snapshot.VerifyContent(cancellation);
        return snapshot;
    }

    private void Show(Snapshot snapshot, string[] references, Verification? verify)
    {
        var manifest = snapshot.Manifest;
        Reports.Write(Terminal, snapshot);
        Tables.Write(Terminal, ["Column", "Type"], manifest.Columns.Select(column => new[] { column.Name, TypeOf(column) }));
        Tables.Write(
            Terminal, ["Source", "Size>", "SHA-256"],
            manifest.Sources.Select(source => new[] { source.Name, SnapshotCommand.Size(source.Size), source.Sha256 }));
        Tables.Write(
            Terminal, ["File", "Rows>", "Size>", "SHA-256"],
            manifest.Files.Select(file => new[] { file.Name, SnapshotCommand.Number(file.Rows), SnapshotCommand.Size(file.Size), file.Sha256 }));
        var split = manifest.Split;
        Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Split     by {JsonOutput.NameOf(split.By)}, seed {split.Seed}"));
        Terminal.Error.WriteLine($"Code      {manifest.CodeVersion}, format {manifest.FormatVersion}");
        Terminal.Error.WriteLine($"Needed by {(references.Length == 0 ? "nobody" : string.Join(", ", references))}");
        Terminal.Error.WriteLine(verify switch
        {
            Verification.Files => "Verified  every file is as it was written",
            Verification.Content => "Verified  every file is as it was written, and the rows are those of the digest",
            _ => "Verified  no; --verify checks the files, --verify=content the rows",
        });
    }

    private static JsonObject ToJson(Snapshot snapshot, string[] references, Verification? verify)
    {
        var manifest = snapshot.Manifest;
        var json = Reports.ToJson(snapshot);
        json["schema"] = new JsonArray([.. manifest.Columns.Select(column => new JsonObject { ["name"] = column.Name, ["type"] = TypeOf(column) })]);
        json["unreadable"] = new JsonArray([.. manifest.Unreadable.Select(unreadable => new JsonObject { ["column"] = unreadable.Column, ["values"] = unreadable.Values })]);
        json["sources"] = new JsonArray([.. manifest.Sources.Select(source => new JsonObject { ["name"] = source.Name, ["bytes"] = source.Size, ["sha256"] = source.Sha256 })]);
        json["files"] = new JsonArray([.. manifest.Files.Select(file => new JsonObject { ["name"] = file.Name, ["rows"] = file.Rows, ["bytes"] = file.Size, ["sha256"] = file.Sha256 })]);
        json["split"] = new JsonObject
        {
            ["by"] = JsonOutput.NameOf(manifest.Split.By),
            ["seed"] = manifest.Split.Seed,
            ["valid_share"] = manifest.Split.ValidShare,
            ["test_share"] = manifest.Split.TestShare,
            ["carved_valid_share"] = manifest.Split.CarvedValidShare,
        };
        json["format"] = manifest.FormatVersion;
        json["code_version"] = manifest.CodeVersion;
        json["referred_to_by"] = SnapshotCommand.Texts(references);
        json["verified"] = verify is { } level ? JsonOutput.NameOf(level) : null;
        return json;
    }

    private static string TypeOf(SnapshotColumn column) => column.Aggregate ? "aggregate" : JsonOutput.NameOf(column.Type);
}
