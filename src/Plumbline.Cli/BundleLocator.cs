using Plumbline.Bundles;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli;

/// <summary>Where a bundle is, and the model version it was named by, if it was.</summary>
internal sealed record LocatedBundle(string Directory, ModelVersion? Version);

/// <summary>Finds the bundle that a user means: a folder, a digest or its beginning, <c>name@alias</c> or <c>name/3</c>.</summary>
internal static class BundleLocator
{
    private const int FewestDigits = 6;
    private const int DigestDigits = 64;

    public static async Task<LocatedBundle> FindAsync(Home home, string name, TimeProvider time)
    {
        if (Directory.Exists(name))
            return new LocatedBundle(Path.GetFullPath(name), null);
        if (name.Length is >= FewestDigits and <= DigestDigits && name.All(char.IsAsciiHexDigitLower))
            return new LocatedBundle(await ByDigestAsync(home, name, time), null);
        if (!IsReference(name))
            throw new BundleException($"'{name}' is no bundle: no folder of that name, no digest of six digits or more, and no model version such as reviews@champion or reviews/3.");
        await using var workspace = Workspace.OpenExisting(home, time);
        return await OfVersionAsync(workspace, workspace.Registry.Resolve(name));
    }

    /// <summary>Whether a name is meant for a model version: <c>name@alias</c> or <c>name/3</c>.</summary>
    public static bool IsReference(string name) => name.Contains('@', StringComparison.Ordinal) || (name.Split('/') is [_, var number] && number.Length > 0 && number.All(char.IsAsciiDigit));

    /// <summary>Fetched from the artifact store if it is not in the state folder.</summary>
    public static async Task<LocatedBundle> OfVersionAsync(Workspace workspace, ModelVersion version)
    {
        var digest = version.RequireBundle();
        var directory = Path.Combine(workspace.Home.Bundles, digest);
        return await workspace.Artifacts.FetchAsync(new ArtifactTree(ArtifactKind.Bundles, digest))
            ? new LocatedBundle(directory, version)
            : throw new BundleException($"{version.Name}/{version.Version} is the bundle {digest}, but {directory} is not there{Nor(workspace.Home)}. Copy it back, or train again.");
    }

    private static async Task<string> ByDigestAsync(Home home, string digits, TimeProvider time)
    {
        var found = Directory.Exists(home.Bundles) ? Directory.GetDirectories(home.Bundles, digits + "*") : [];
        if (found.Length == 0)
        {
            using var shared = new SharedArtifacts(home, time);
            found = [.. (await shared.FindAsync(ArtifactKind.Bundles, digits)).Select(digest => Path.Combine(home.Bundles, digest))];
            if (found is [var only])
                await shared.FetchAsync(new ArtifactTree(ArtifactKind.Bundles, Path.GetFileName(only)));
        }
        return found switch
        {
            [var only] => only,
            [] => throw new BundleException($"There is no bundle {digits} in {home.Bundles}{Nor(home)}."),
            _ => throw new BundleException($"{found.Length} bundles begin with {digits}; give more digits."),
        };
    }

    private static string Nor(Home home) => home.Artifacts is null ? "" : $", nor in {home.Artifacts}";
}
