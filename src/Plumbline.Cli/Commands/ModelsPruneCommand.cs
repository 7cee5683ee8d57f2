using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class ModelsPruneCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Option<int> _keep = new("--keep") { Description = "Versions to keep: the N newest", HelpName = "N", Required = true };
    private readonly Option<bool> _apply = new("--apply") { Description = "Do it; without, only say what would go" };

    public ModelsPruneCommand(Terminal terminal)
        : base(terminal, "prune", "Remove old versions that nothing points to, and their bundles")
    {
        Arguments.Add(_name);
        Options.Add(_keep);
        Options.Add(_apply);
        Examples = ["models prune reviews --keep 5", "models prune reviews --keep 5 --apply"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (home, name, keep) = (CommonOptions.HomeOf(parse), parse.GetRequiredValue(_name), parse.GetValue(_keep));
        if (keep < 0)
            throw CliException.Usage(FormattableString.Invariant($"--keep: {keep} is below 0."));
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        var apply = parse.GetValue(_apply);
        var versions = apply
            ? await workspace.Registry.PruneAsync(name, keep, Champion.Actor, cancellation)
            : await workspace.Registry.PlanPruneAsync(name, keep, cancellation);
        var bundles = apply ? await workspace.Registry.CollectBundlesAsync(digest => RemoveAsync(workspace, digest), cancellation) : [];
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
