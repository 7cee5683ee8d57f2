using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Inference;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsPruneCommand : CliCommand
{
    private static readonly TimeSpan Lately = TimeSpan.FromDays(90);

    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Option<int> _keep = new("--keep") { Description = "Versions to keep: the N newest", HelpName = "N", Required = true };
    private readonly Option<TimeSpan?> _servedWithin = new("--served-within")
    {
        Description = "Versions to keep: those served or deployed this lately (90d)",
        HelpName = "TIME",
        CustomParser = Durations.ParseAge,
    };

    private readonly Option<bool> _apply = new("--apply") { Description = "Do it; without, only say what would go" };

    public ModelsPruneCommand(Terminal terminal)
        : base(terminal, "prune", "Remove old versions that nothing points to and no prediction of late refers to, and their bundles")
    {
        Arguments.Add(_name);
        Options.Add(_keep);
        Options.Add(_servedWithin);
        Options.Add(_apply);
        Examples = ["models prune reviews --keep 5", "models prune reviews --keep 5 --served-within 365d --apply"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (home, name, keep) = (CommonOptions.HomeOf(parse), parse.GetRequiredValue(_name), parse.GetValue(_keep));
        if (keep < 0)
            throw CliException.Usage(FormattableString.Invariant($"--keep: {keep} is below 0."));
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        var apply = parse.GetValue(_apply);
        var retention = new VersionRetention { Newest = keep, ServedWithin = parse.GetValue(_servedWithin) ?? Lately, LastServed = ServedModelLog.LastServed(home.ServedModels) };
        var versions = apply
            ? await workspace.Registry.PruneAsync(name, retention, Champion.Actor, cancellation)
            : await workspace.Registry.PlanPruneAsync(name, retention, cancellation);
        var bundles = apply ? await workspace.Registry.CollectBundlesAsync(retention, digest => RemoveAsync(workspace, digest), cancellation) : [];
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ToJson(versions, bundles, apply));
        else
            Show(versions, bundles, apply);
        return ExitCode.Ok;
    }

    private static async Task RemoveAsync(Workspace workspace, string digest)
    {
        await workspace.Artifacts.RemoveBundleAsync(digest);
        foreach (var parent in new[] { workspace.Home.MlflowModels, workspace.Home.Bundles })
        {
            if (Directory.Exists(Path.Combine(parent, digest)))
                AtomicDirectory.Remove(Path.Combine(parent, digest));
        }
    }

    private void Show(IReadOnlyList<PrunedVersion> versions, IReadOnlyList<string> bundles, bool apply)
    {
        Tables.Write(
            Terminal, ["Version>", apply ? "Was" : "Would be", "Bundle", "Why"],
            versions.Select(pruned => new[]
            {
                pruned.Version.Version.ToString(CultureInfo.InvariantCulture), pruned.Removed ? "removed" : "kept", pruned.Version.BundleDigest?[..12] ?? "", pruned.Reason,
            }));
        var removed = versions.Count(pruned => pruned.Removed);
        Terminal.Error.WriteLine(apply
            ? $"Removed {removed} of {versions.Count} versions and {bundles.Count} bundles"
            : $"Would remove {removed} of {versions.Count} versions; --apply does it");
    }

    private static JsonObject ToJson(IReadOnlyList<PrunedVersion> versions, IReadOnlyList<string> bundles, bool applied) => new()
    {
        ["applied"] = applied,
        ["versions"] = new JsonArray([.. versions.Select(pruned => new JsonObject
        {
            ["version"] = pruned.Version.Version, ["removed"] = pruned.Removed, ["bundle"] = pruned.Version.BundleDigest, ["reason"] = pruned.Reason,
        })]),
        ["bundles_removed"] = new JsonArray([.. bundles.Select(digest => JsonValue.Create(digest))]),
    };
}
