using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

/// <summary>None of these opens the store as other commands do, so that they work on one that is damaged, or of another version.</summary>
internal sealed class StoreCommand : CliCommand
{
    private readonly StoreCheckCommand _check;

    public StoreCommand(Terminal terminal)
        : base(terminal, "store", "Check, back up, restore and repair the metadata store")
    {
        _check = new StoreCheckCommand(terminal);
        Subcommands.Add(_check);
        Subcommands.Add(new StoreBackupCommand(terminal));
        Subcommands.Add(new StoreRestoreCommand(terminal));
        Subcommands.Add(new StoreRepairCommand(terminal));
        Examples = ["store check", "store backup /mnt/safe/store.db", "store restore /mnt/safe/store.db --replace"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => _check.CheckAsync(parse, cancellation);

    internal static string NameOf(Home home) => home.Store?.ToString() ?? home.Database;
}

internal sealed class StoreCheckCommand : CliCommand
{
    public StoreCheckCommand(Terminal terminal)
        : base(terminal, "check", "Look whether pages, references, schema and audit log are whole; changes nothing") => Examples = ["store check", "store check --store file:address --json"];

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => CheckAsync(parse, cancellation);

    public async Task<ExitCode> CheckAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var findings = await Task.Run(() => StoreInspection.Inspect(home), cancellation);
        var isWhole = findings.All(finding => finding.Faults.Count == 0);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject { ["store"] = StoreCommand.NameOf(home), ["whole"] = isWhole, ["checks"] = new JsonArray([.. findings.Select(ToJson)]) });
        }
        else
        {
            Tables.Write(Terminal, ["Check", "Found", "Wrong"], findings.Select(finding => new[] { finding.Check, finding.Found, string.Join('\n', finding.Faults) }));
            Terminal.Error.WriteLine(isWhole
                ? $"{StoreCommand.NameOf(home)} is whole"
                : $"{StoreCommand.NameOf(home)} is not whole. Restore a backup with plumbline store restore FILE --replace, or save what can be read with plumbline store repair FILE.");
        }
        return isWhole ? ExitCode.Ok : ExitCode.Metadata;
    }

    private static JsonObject ToJson(StoreFinding finding) => new()
    {
        ["check"] = finding.Check,
        ["found"] = finding.Found,
        ["faults"] = new JsonArray([.. finding.Faults.Select(fault => JsonValue.Create(fault))]),
    };
}

internal sealed class StoreBackupCommand : CliCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "Must not be there yet" };

    public StoreBackupCommand(Terminal terminal)
        : base(terminal, "backup", "Copy the store as it is now into one checked file, while others write to it")
    {
        Arguments.Add(_file);
        Examples = ["store backup /mnt/safe/store.db", "store backup store.db --store file:address"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (home, file) = (CommonOptions.HomeOf(parse), Path.GetFullPath(parse.GetRequiredValue(_file)));
        await Task.Run(() => StoreBackup.Write(home, file, Terminal.Time), cancellation);
        var bytes = new FileInfo(file).Length;
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["store"] = StoreCommand.NameOf(home), ["file"] = file, ["bytes"] = bytes });
        else
            Terminal.Error.WriteLine($"Backup    {file} ({SnapshotCommand.Size(bytes)}), checked; snapshots, bundles and artifacts of {home.Root} are not in it");
        return ExitCode.Ok;
    }
}

internal sealed class StoreRestoreCommand : CliCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "What store backup or store repair wrote" };
    private readonly Option<bool> _replace = new("--replace") { Description = "Move a store that is there away, and keep it; in PostgreSQL name a schema without tables instead" };

    public StoreRestoreCommand(Terminal terminal)
        : base(terminal, "restore", "Put a backup where the store is to be; stop what has it open before")
    {
        Arguments.Add(_file);
        Options.Add(_replace);
        Examples = ["store restore /mnt/safe/store.db", "store restore /mnt/safe/store.db --replace", "store restore store.db --store file:address"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (home, file) = (CommonOptions.HomeOf(parse), Path.GetFullPath(parse.GetRequiredValue(_file)));
        var moved = await Task.Run(() => StoreBackup.Restore(home, file, parse.GetValue(_replace), Terminal.Time), cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject { ["store"] = StoreCommand.NameOf(home), ["file"] = file, ["replaced"] = moved });
            return ExitCode.Ok;
        }
        Terminal.Error.WriteLine($"Restored  {StoreCommand.NameOf(home)} from {file}");
        if (moved is not null)
            Terminal.Error.WriteLine($"Before    {moved}: remove it when it is needed no more");
        return ExitCode.Ok;
    }
}

internal sealed class StoreRepairCommand : CliCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "Must not be there yet" };

    public StoreRepairCommand(Terminal terminal)
        : base(terminal, "repair", "Save what can be read of a damaged SQLite store into a new file, and say what was lost")
    {
        Arguments.Add(_file);
        Examples = ["store repair saved.db", "store restore saved.db --replace"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (home, file) = (CommonOptions.HomeOf(parse), Path.GetFullPath(parse.GetRequiredValue(_file)));
        var saved = await Task.Run(() => StoreSalvage.Save(home, file, Terminal.Time), cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject { ["store"] = StoreCommand.NameOf(home), ["file"] = file, ["tables"] = new JsonArray([.. saved.Select(ToJson)]) });
            return ExitCode.Ok;
        }
        Tables.Write(Terminal, ["Table", "Saved>", "Unreadable, at most>", "Left out, as what they refer to is lost>"], saved.Where(table => table.Rows + table.Unreadable + table.Orphans > 0).Select(table => new[]
        {
            table.Name, Number(table.Rows), Number(table.Unreadable), Number(table.Orphans),
        }));
        Terminal.Error.WriteLine($"Saved     {file}: put it into place with plumbline store restore {file} --replace, then see plumbline audit verify");
        return ExitCode.Ok;
    }

    private static string Number(long value) => value.ToString("n0", CultureInfo.InvariantCulture);

    private static JsonObject ToJson(SalvagedTable table) => new()
    {
        ["table"] = table.Name,
        ["rows"] = table.Rows,
        ["unreadable_at_most"] = table.Unreadable,
        ["orphans"] = table.Orphans,
    };
}
