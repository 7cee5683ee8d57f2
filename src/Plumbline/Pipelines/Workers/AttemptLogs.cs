using System.Text;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Workers;

/// <summary>Logs of attempts, where they can be had from here.</summary>
public static class AttemptLogs
{
    /// <returns>Null where the attempt said nothing, or its log is on another host.</returns>
    public static async Task<string?> ReadAsync(Home home, string run, string node, int item, long attempt, TimeProvider time, CancellationToken cancellation = default)
    {
        var file = AttemptLog.FileOf(home, run, node, item, attempt);
        return File.Exists(file) ? await File.ReadAllTextAsync(file, Encoding.UTF8, cancellation).ConfigureAwait(false) : null;
    }
}
