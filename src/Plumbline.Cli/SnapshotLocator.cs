using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Finds the snapshot that a user means: its folder, its digest or the beginning of that.</summary>
internal static class SnapshotLocator
{
    private const int FewestDigits = 6;
    private const int DigestDigits = 64;

    /// <returns>Its folder; null where the name is no snapshot's: a file, most likely.</returns>
    /// <exception cref="DatasetException">It reads as a digest, but there is no such snapshot, or more than one.</exception>
    public static string? Find(Home home, string name)
    {
        if (File.Exists(Path.Combine(name, "manifest.json")))
            return Path.GetFullPath(name);
        if (File.Exists(name) || Directory.Exists(name) || name.Length is < FewestDigits or > DigestDigits || !name.All(char.IsAsciiHexDigitLower))
            return null;
        var found = Directory.Exists(home.Snapshots) ? Directory.GetDirectories(home.Snapshots, name + "*") : [];
        return found switch
        {
            [var only] => only,
            [] => throw new DatasetException($"There is no snapshot {name} in {home.Snapshots}, and no file of that name"),
            _ => throw new DatasetException($"{found.Length} snapshots in {home.Snapshots} begin with {name}; give more digits"),
        };
    }
}
