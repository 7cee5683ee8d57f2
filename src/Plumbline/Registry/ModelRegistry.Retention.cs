using System.Data.Common;

namespace Plumbline.Registry;

public sealed partial class ModelRegistry
{
    /// <summary>What <see cref="PruneAsync"/> would do; newest first.</summary>
    public Task<IReadOnlyList<PrunedVersion>> PlanPruneAsync(string name, int keep, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        return store.ReadAsync(connection => Plan(connection, name, keep), cancellation);
    }

    /// <summary>Deletes the versions of a model but the <paramref name="keep"/> newest and those that an alias points to or that are in Staging or Production.</summary>
    public Task<IReadOnlyList<PrunedVersion>> PruneAsync(string name, int keep, string actor, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        return store.WriteAsync(
            connection =>
            {
                var plan = Plan(connection, name, keep);
                foreach (var pruned in plan.Where(pruned => pruned.Removed))
                    Delete(connection, pruned.Version, actor);
                return plan;
            },
            cancellation);
    }

    /// <summary>Digests of bundles that lost their last version.</summary>
    public Task<IReadOnlyList<string>> ListReleasedBundlesAsync(CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<string>>(ReleasedBundles.List, cancellation);

    /// <summary>Removes the bundles that lost their last version. Interrupted, it is done by the next call; meanwhile nobody can give them a version.</summary>
    /// <param name="remove">Removes the files of a bundle; may be called again for one that is gone.</param>
    /// <returns>Their digests.</returns>
    public async Task<IReadOnlyList<string>> CollectBundlesAsync(Func<string, Task> remove, CancellationToken cancellation = default)
    {
        var digests = await store.WriteAsync(ReleasedBundles.Condemn, cancellation).ConfigureAwait(false);
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

    private static IReadOnlyList<PrunedVersion> Plan(DbConnection connection, string name, int keep) =>
        [.. RegistryRows.ListVersions(connection, name, int.MaxValue, long.MaxValue).Select((version, i) => ReasonToKeep(version, i, keep) is { } reason
            ? new PrunedVersion(version, false, reason)
            : new PrunedVersion(version, true, FormattableString.Invariant($"not among the {keep} newest, and nothing points to it")))];

    private static string? ReasonToKeep(ModelVersion version, int place, int keep) =>
        version.Aliases.Count > 0 ? $"deployed as {string.Join(", ", version.Aliases)}"
        : version.Stage is not (ModelStage.None or ModelStage.Archived) ? $"in {version.Stage}"
        : place < keep ? FormattableString.Invariant($"among the {keep} newest")
        : null;
}
