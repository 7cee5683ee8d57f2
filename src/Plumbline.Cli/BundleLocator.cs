using Plumbline.Bundles;
using Plumbline.Registry;
using Plumbline.Storage;

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
            return new LocatedBundle(ByDigest(home, name), null);
        var isReference = name.Contains('@', StringComparison.Ordinal)
            || (name.Split('/') is [_, var number] && number.Length > 0 && number.All(char.IsAsciiDigit));
        if (!isReference)
            throw new BundleException($"'{name}' is no bundle: no folder of that name, no digest of six digits or more, and no model version such as reviews@champion or reviews/3.");
        await using var workspace = Workspace.OpenExisting(home, time);
        return OfVersion(home, workspace.Registry.Resolve(name));
    }

    public static LocatedBundle OfVersion(Home home, ModelVersion version)
    {
        var directory = Path.Combine(home.Bundles, version.RequireBundle());
        return Directory.Exists(directory)
            ? new LocatedBundle(directory, version)
            : throw new BundleException($"{version.Name}/{version.Version} is the bundle {version.BundleDigest}, but {directory} is not there. Copy it back, or train again.");
    }

    private static string ByDigest(Home home, string digits)
    {
        var found = Directory.Exists(home.Bundles) ? Directory.GetDirectories(home.Bundles, digits + "*") : [];
        return found switch
        {
            [var only] => only,
            [] => throw new BundleException($"There is no bundle {digits} in {home.Bundles}."),
            _ => throw new BundleException($"{found.Length} bundles in {home.Bundles} begin with {digits}; give more digits."),
        };
    }
}
