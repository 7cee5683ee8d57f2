using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>Rows of bundles that lost their last version, so that they may go.</summary>
internal static class ReleasedBundles
{
    /// <summary>Says that versions are about to be deleted; their bundles are released, unless others have them.</summary>
    public static void Release(DbConnection connection, IEnumerable<ModelVersion> versions) => connection.ExecuteEach(
        "INSERT INTO released_bundles (digest, condemned) VALUES (@digest, 0) ON CONFLICT (digest) DO NOTHING",
        ["digest"], [.. versions.Where(version => version.BundleDigest is not null).Select(version => new object?[] { version.BundleDigest })]);

    /// <summary>Says that a version is about to be made of a bundle.</summary>
    /// <exception cref="MetadataException">Conflict: it is being removed.</exception>
    public static void Reclaim(DbConnection connection, string digest)
    {
        if (connection.Execute("DELETE FROM released_bundles WHERE digest = @digest AND condemned = 0", ("digest", digest)) == 0
            && connection.Scalar("SELECT 1 FROM released_bundles WHERE digest = @digest", ("digest", digest)) is not null)
        {
            throw new MetadataException(MetadataError.Conflict, $"The bundle {digest} is being removed, as its last version was. Let plumbline models prune end, then train or copy it again.");
        }
    }

    /// <summary>What may go: no version has it.</summary>
    public static List<string> List(DbConnection connection) => connection.Query(
        "SELECT digest FROM released_bundles WHERE digest NOT IN (SELECT bundle_digest FROM model_versions WHERE bundle_digest IS NOT NULL) ORDER BY digest", row => row.GetString(0));

    /// <summary>As <see cref="List"/>, but for those that are to stay; from now on none of them gets a version. Those that were condemned before cannot stay.</summary>
    public static List<string> Condemn(DbConnection connection, Func<string, bool> stays)
    {
        var condemned = connection.Query("SELECT digest FROM released_bundles WHERE condemned = 1", row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);
        var digests = List(connection);
        digests.RemoveAll(digest => !condemned.Contains(digest) && stays(digest));
        connection.ExecuteEach("UPDATE released_bundles SET condemned = 1 WHERE digest = @digest", ["digest"], [.. digests.Select(digest => new object?[] { digest })]);
        return digests;
    }

    public static void Forget(DbConnection connection, IEnumerable<string> digests) =>
        connection.ExecuteEach("DELETE FROM released_bundles WHERE digest = @digest", ["digest"], [.. digests.Select(digest => new object?[] { digest })]);
}
