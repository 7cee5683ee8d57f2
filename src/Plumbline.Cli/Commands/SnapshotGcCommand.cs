using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets.Retention;
using Plumbline.Pipelines;

namespace Plumbline.Cli.Commands;

internal sealed class SnapshotGcCommand : CliCommand
{
    private const int ShownReasons = 3;

    private readonly Option<double?> _keepDays = new("--keep-days") { Description = "Keep those made or made again within N days (7)", HelpName = "N" };
    private readonly Option<int?> _keep = new("--keep") { Description = "Keep the N newest (0)", HelpName = "N" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be removed" };

    public SnapshotGcCommand(Terminal terminal)
        : base(terminal, "gc", "Remove snapshots that nobody refers to, and what killed processes left")
    {
        Options.Add(_keepDays);
        Options.Add(_keep);
        Options.Add(_dryRun);
        Examples = ["snapshot gc --dry-run", "snapshot gc --keep-days 30 --keep 5"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var dryRun = parse.GetValue(_dryRun);
        var defaults = new RetentionOptions();
        var options = new RetentionOptions { KeepDays = parse.GetValue(_keepDays) ?? defaults.KeepDays, Keep = parse.GetValue(_keep) ?? defaults.Keep };
        if (options.KeepDays is not (>= 0 and <= 36_500))
            throw CliException.Usage(FormattableString.Invariant($"--keep-days: {options.KeepDays} is not within 0 to 36500."));
        if (options.Keep < 0)
            throw CliException.Usage(FormattableString.Invariant($"--keep: {options.Keep} is below 0."));
        await using var store = SnapshotCommand.OpenStore(home, Terminal.Time);
        var references = await SnapshotReferences.FindAsync(home, store, cancellation);
        var collector = new GarbageCollector(home, Terminal.Time) { ReferredBy = digest => store is null ? null : SnapshotReferences.Find(store, digest) };
        var report = await Task.Run(() => collector.Run(references, options, dryRun, cancellation), cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ToJson(report, dryRun));
        else
            Show(report, dryRun);
        return ExitCode.Ok;
    }

    private void Show(CollectionReport report, bool dryRun)
    {
        if (report.Snapshots.Count > 0)
            Tables.Write(
                Terminal, ["Snapshot", dryRun ? "Would be" : "Was", "Size>", "Why"],
                report.Snapshots.Select(snapshot => new[]
                {
                    snapshot.Digest[..12], snapshot.Removed ? "removed" : "kept", SnapshotCommand.Size(snapshot.Size), SnapshotCommand.Shorten(snapshot.Reasons, ShownReasons),
                }));
        foreach (var path in report.Swept)
            Terminal.Error.WriteLine($"{(dryRun ? "Would sweep" : "Swept")} {path}");
        var removed = report.Snapshots.Count(snapshot => snapshot.Removed);
        Terminal.Error.WriteLine($"{(dryRun ? "Would remove" : "Removed")} {removed} of {report.Snapshots.Count} snapshots, {SnapshotCommand.Size(report.FreedBytes)}, and {report.Swept.Count} leftovers");
    }

    private static JsonObject ToJson(CollectionReport report, bool dryRun) => new()
    {
        ["dry_run"] = dryRun,
        ["snapshots"] = new JsonArray([.. report.Snapshots.Select(snapshot => new JsonObject
        {
            ["snapshot"] = snapshot.Digest, ["removed"] = snapshot.Removed, ["bytes"] = snapshot.Size, ["reasons"] = SnapshotCommand.Texts(snapshot.Reasons),
        })]),
        ["swept"] = SnapshotCommand.Texts(report.Swept),
        ["freed_bytes"] = report.FreedBytes,
    };
}
