using System.Data.Common;
using System.Globalization;

namespace Plumbline.Registry;

public sealed partial class ModelRegistry
{
    /// <summary>What <see cref="PruneAsync"/> would do; newest first.</summary>
    public Task<IReadOnlyList<PrunedVersion>> PlanPruneAsync(string name, VersionRetention retention, CancellationToken cancellation = default)
    {
        Check(retention);
        return store.ReadAsync(connection => Plan(connection, name, retention), cancellation);
    }

    /// <summary>Deletes the versions of a model but those that stay. What gates, sign-offs and notes said of them stays.</summary>
    public Task<IReadOnlyList<PrunedVersion>> PruneAsync(string name, VersionRetention retention, string actor, CancellationToken cancellation = default)
    {
        Check(retention);
        return store.WriteAsync(
            connection =>
            {
                var plan = Plan(connection, name, retention);
                foreach (var pruned in plan.Where(pruned => pruned.Removed))
                    Delete(connection, pruned.Version, actor);
                return plan;
            },
            cancellation);
    }

    /// <summary>Digests of bundles that lost their last version.</summary>
    public Task<IReadOnlyList<string>> ListReleasedBundlesAsync(CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<string>>(ReleasedBundles.List, cancellation);

    /// <summary>
    /// Removes the bundles that lost their last version, that no server answered with lately, and that no run of a pipeline names which has not ended: it may be about to give it a version. Interrupted, it is done by the next call; meanwhile nobody can give
    /// them a version.
    /// </summary>
    /// <param name="retention">What was served within which time; the number of versions does not matter here.</param>
    /// <param name="remove">Removes the files of a bundle; may be called again for one that is gone.</param>
    /// <returns>Their digests.</returns>
    public async Task<IReadOnlyList<string>> CollectBundlesAsync(VersionRetention retention, Func<string, Task> remove, CancellationToken cancellation = default)
    {
        Check(retention);
        var since = SinceOf(retention);
        var digests = await store.WriteAsync(
            connection =>
            {
                var needed = PipelineReferences.Of(connection).Select(reference => reference.Digest).ToHashSet(StringComparer.Ordinal);
                return ReleasedBundles.Condemn(connection, digest => needed.Contains(digest) || (retention.LastServed.TryGetValue(digest, out var last) && last >= since));
            },
            cancellation).ConfigureAwait(false);
        foreach (var digest in digests)
            await remove(digest).ConfigureAwait(false);
        await store.WriteAsync(
            connection =>
            {
                ReleasedBundles.Forget(connection, digests);
                return true;
            },
            CancellationToken.None).ConfigureAwait(false);
        return digests;
    }

    private IReadOnlyList<PrunedVersion> Plan(DbConnection connection, string name, VersionRetention retention)
    {
        var versions = RegistryRows.ListVersions(connection, name, int.MaxValue, long.MaxValue);
        var deployed = AliasRows.LastDeployed(connection, name, SinceOf(retention));
        var routed = TrafficReferences.Of(connection, name);
        return [.. versions.Select((version, i) => ReasonToKeep(version, i, retention, deployed, routed) is { } reason
            ? new PrunedVersion(version, false, reason)
            : new PrunedVersion(version, true, FormattableString.Invariant($"not among the {retention.Newest} newest, and nothing points to it")))];
    }

    private string? ReasonToKeep(ModelVersion version, int place, VersionRetention retention, Dictionary<long, (string Alias, long Until)> deployed, HashSet<long> routed) =>
        version.Aliases.Count > 0 ? $"deployed as {string.Join(", ", version.Aliases)}"
        : routed.Contains(version.Version) ? "named by the traffic plan or a rollout"
        : version.Stage is not (ModelStage.None or ModelStage.Archived) ? $"in {version.Stage}"
        : LastServed(version, retention) is { } last && last >= SinceOf(retention) ? $"answered until {Day(last)}"
        : deployed.TryGetValue(version.Version, out var was) ? $"was {was.Alias} until {Day(was.Until)}"
        : place < retention.Newest ? FormattableString.Invariant($"among the {retention.Newest} newest")
        : null;

    private static long? LastServed(ModelVersion version, VersionRetention retention)
    {
        var byNumber = retention.LastServed.TryGetValue(Subject(version), out var number) ? number : (long?)null;
        return version.BundleDigest is { } digest && retention.LastServed.TryGetValue(digest, out var bundle) ? Math.Max(bundle, byNumber ?? bundle) : byNumber;
    }

    /// <summary>Unix ms; beyond all times where nothing stays for having been served.</summary>
    private long SinceOf(VersionRetention retention) => retention.ServedWithin == TimeSpan.Zero ? long.MaxValue : Now - (long)retention.ServedWithin.TotalMilliseconds;

    private static string Day(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Check(VersionRetention retention)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retention.Newest);
        ArgumentOutOfRangeException.ThrowIfLessThan(retention.ServedWithin, TimeSpan.Zero);
    }
}
