using System.Text;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Workers;

/// <summary>Logs of attempts, where they can be had from here.</summary>
public static class AttemptLogs
{
    /// <returns>Null where the attempt said nothing, or its log is on another host.</returns>
    /// <exception cref="MetadataException">The artifact store does not answer.</exception>
    public static async Task<string?> ReadAsync(Home home, string run, string node, int item, long attempt, TimeProvider time, CancellationToken cancellation = default)
    {
        var file = AttemptLog.FileOf(home, run, node, item, attempt);
        if (!File.Exists(file) && home.Artifacts is not null)
        {
            using var shared = new SharedArtifacts(home, time);
            await shared.FetchAsync(new ArtifactTree(ArtifactKind.Pipelines, run), cancellation).ConfigureAwait(false);
        }
        return File.Exists(file) ? await File.ReadAllTextAsync(file, Encoding.UTF8, cancellation).ConfigureAwait(false) : null;
    }

    /// <summary>Puts the log of an attempt into the artifact store, if there is one and it answers.</summary>
    internal static async Task ShareAsync(SharedArtifacts shared, string run, string file, CancellationToken cancellation)
    {
        if (!shared.IsShared || !File.Exists(file))
            return;
        try
        {
            var store = await shared.OpenAsync(cancellation).ConfigureAwait(false);
            var content = File.OpenRead(file);
            await using (content.ConfigureAwait(false))
                await store.PutAsync(new ArtifactTree(ArtifactKind.Pipelines, run), [Path.GetFileName(file)], content, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MetadataException or IOException or OperationCanceledException)
        {
            // It stays here; plumbline artifacts push puts it there later.
        }
    }
}
