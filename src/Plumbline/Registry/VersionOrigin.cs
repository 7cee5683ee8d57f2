using System.Data.Common;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Registry;

/// <summary>Where the model of a version is and comes from.</summary>
/// <param name="Source">Null for a bundle.</param>
internal sealed record VersionOrigin(string? BundleDigest, string? Source, string? RunId, string? SnapshotDigest, string? LoggedModelId)
{
    private const string Models = "models:/";
    private const string Runs = "runs:/";
    private const string LoggedModelPrefix = "m-";

    /// <summary>Follows what a client named to what is stored.</summary>
    /// <exception cref="MetadataException">NotFound: no such logged model, version or bundle; Invalid: an address that means none.</exception>
    public static VersionOrigin Of(DbConnection connection, NewSourcedVersion version, Func<string, bool> bundleExists)
    {
        var source = version.Source;
        if (BundleAddress.Find(source) is { } digest)
        {
            return bundleExists(digest)
                ? new VersionOrigin(digest, null, version.RunId, null, null)
                : throw new MetadataException(MetadataError.NotFound, $"There is no bundle {digest}; publish it before it is registered.");
        }
        if ((version.LoggedModelId ?? LoggedModelOf(source)) is { } id)
            return new VersionOrigin(null, source, version.RunId ?? LoggedModelRows.Require(connection, id).SourceRunId, null, id);
        if (source.StartsWith(Models, StringComparison.Ordinal))
        {
            var known = RegistryRows.Resolve(connection, ModelReference.Parse(source[Models.Length..]));
            return new VersionOrigin(known.BundleDigest, known.Source, version.RunId ?? known.RunId, known.SnapshotDigest, known.LoggedModelId);
        }
        return new VersionOrigin(null, source, version.RunId ?? (source.StartsWith(Runs, StringComparison.Ordinal) ? source[Runs.Length..].Split('/')[0] : null), null, null);
    }

    private static string? LoggedModelOf(string source) =>
        source.StartsWith(Models + LoggedModelPrefix, StringComparison.Ordinal) && !source.AsSpan(Models.Length).ContainsAny('/', '@') ? source[Models.Length..] : null;
}
