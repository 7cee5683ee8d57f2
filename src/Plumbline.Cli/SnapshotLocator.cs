using Plumbline.Datasets;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli;

/// <summary>Finds the snapshot that a user means, fetched from the artifact store where its digest is given and it is not in the state folder.</summary>
internal static class SnapshotLocator
{
    private const int FewestDigits = 6;
    private const int DigestDigits = 64;

    /// <exception cref="DatasetException">There is none, or several; the message says what to give.</exception>
    public static async Task<string> FindAsync(Home home, string name, TimeProvider time, CancellationToken cancellation)
    {
        await FetchAsync(home, name, time, cancellation);
        return new SnapshotStore(home).Find(name);
    }

    /// <summary>As <see cref="FindAsync"/>, but null where the name is no snapshot's, or that of files to be read.</summary>
    /// <exception cref="DatasetException">It reads as a digest, but there is no such snapshot, or more than one.</exception>
    public static async Task<string?> TryFindAsync(Home home, string name, TimeProvider time, CancellationToken cancellation)
    {
        await FetchAsync(home, name, time, cancellation);
        return new SnapshotStore(home).TryFind(name);
    }

    private static async Task FetchAsync(Home home, string digits, TimeProvider time, CancellationToken cancellation)
    {
        if (digits.Length is < FewestDigits or > DigestDigits || !digits.All(char.IsAsciiHexDigitLower) || Path.Exists(digits))
            return;
        if (Directory.Exists(home.Snapshots) && Directory.EnumerateDirectories(home.Snapshots, digits + "*").Any())
            return;
        using var shared = new SharedArtifacts(home, time);
        if (await shared.FindAsync(ArtifactKind.Snapshots, digits, cancellation) is [var only])
            await shared.FetchAsync(new ArtifactTree(ArtifactKind.Snapshots, only), cancellation);
    }
}
