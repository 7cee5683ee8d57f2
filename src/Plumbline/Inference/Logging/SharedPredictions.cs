using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Logging;

/// <summary>
/// What the prediction logs of all hosts put into an artifact store: finished files, parts of segments that are not finished, erasures (docs/specs/prediction-log.md). Thread-safe; any number of
/// processes may use one store at once.
/// </summary>
/// <param name="artifacts">Of a state folder that has an artifact store; stays its owner's.</param>
/// <param name="folder">Of prediction logs of this host: what is fetched is kept in it for a while.</param>
/// <exception cref="MetadataException">Unavailable: the store does not answer. Damaged: it does not hold what was put there.</exception>
public sealed partial class SharedPredictions(SharedArtifacts artifacts, string folder, TimeProvider time)
{
    private const string ErasureSuffix = ".json";

    private static readonly ArtifactTree ErasureTree = new(ArtifactKind.Predictions, "erasures");

    /// <summary>Hours that have files, the earliest first.</summary>
    internal async Task<IReadOnlyList<long>> HoursAsync(CancellationToken cancellation)
    {
        var hours = new List<long>();
        await foreach (var id in (await OpenAsync(cancellation).ConfigureAwait(false)).ListAsync(ArtifactKind.Predictions, cancellation).ConfigureAwait(false))
        {
            if (PredictionFolder.TryHourOf(id) is { } hour)
                hours.Add(hour);
        }
        hours.Sort();
        return hours;
    }

    /// <summary>Puts a file, in the place of what had its name, of which nothing is left.</summary>
    internal async Task PutAsync(long hour, string name, Stream content, CancellationToken cancellation)
    {
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        var before = await store.FindAsync(TreeOf(hour), [name], cancellation).ConfigureAwait(false);
        var blob = await store.PutAsync(TreeOf(hour), [name], content, cancellation).ConfigureAwait(false);
        // No two files have the same ids of predictions, and so the same content.
        if (before is not null && before != blob)
            await store.DiscardAsync(before, cancellation).ConfigureAwait(false);
    }

    /// <summary>Puts a finished file, and removes the parts of its segment that are of the same hour: until then they count for nothing, as readers see the finished one.</summary>
    internal async Task PutFinishedAsync(long hour, string name, Stream content, CancellationToken cancellation)
    {
        await PutAsync(hour, name, content, cancellation).ConfigureAwait(false);
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        var parts = new List<string>();
        await foreach (var other in store.NamesAsync(TreeOf(hour), cancellation).ConfigureAwait(false))
        {
            if (IsPart(other) && PredictionFolder.StemOf(other) == PredictionFolder.StemOf(name))
                parts.Add(other);
        }
        foreach (var part in parts)
            await RemoveAsync(store, TreeOf(hour), part, cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes hours before one.</summary>
    internal async Task RemoveBeforeAsync(long hour, CancellationToken cancellation)
    {
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        foreach (var old in (await HoursAsync(cancellation).ConfigureAwait(false)).TakeWhile(old => old < hour))
        {
            var names = new List<string>();
            await foreach (var name in store.NamesAsync(TreeOf(old), cancellation).ConfigureAwait(false))
                names.Add(name);
            foreach (var name in names)
                await RemoveAsync(store, TreeOf(old), name, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Which users and items are to be in no prediction.</summary>
    internal async Task<Erasures> ErasuresAsync(CancellationToken cancellation)
    {
        var until = new List<(string, long)>();
        await foreach (var (digest, time, _) in ErasureNamesAsync(cancellation).ConfigureAwait(false))
            until.Add((digest, time));
        return Erasures.Of(until);
    }

    /// <summary>From now on no reader sees what was kept of a user or an item up to a time.</summary>
    /// <param name="digest">As <see cref="Erasures.DigestOf"/> gives it.</param>
    /// <param name="until">Microseconds since 1970 UTC.</param>
    internal async Task AddErasureAsync(string digest, long until, CancellationToken cancellation)
    {
        // The name says it all, so that a listing does.
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"digest":"{{digest}}","until":{{until}}}""")));
        await (await OpenAsync(cancellation).ConfigureAwait(false))
            .PutAsync(ErasureTree, [string.Create(CultureInfo.InvariantCulture, $"{digest}-{until}{ErasureSuffix}")], content, cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes erasures of what is too old to be there.</summary>
    internal async Task RemoveErasuresAsync(DateTimeOffset cut, CancellationToken cancellation)
    {
        var store = await OpenAsync(cancellation).ConfigureAwait(false);
        var old = new List<string>();
        await foreach (var (_, until, name) in ErasureNamesAsync(cancellation).ConfigureAwait(false))
        {
            if (DateTimeOffset.UnixEpoch.AddTicks(until * TimeSpan.TicksPerMicrosecond) < cut)
                old.Add(name);
        }
        foreach (var name in old)
            await RemoveAsync(store, ErasureTree, name, cancellation).ConfigureAwait(false);
    }

    private static ArtifactTree TreeOf(long hour) => new(ArtifactKind.Predictions, PredictionFolder.HourName(hour));

    private static bool IsPart(string name) => name.EndsWith(PredictionFolder.SegmentSuffix, StringComparison.Ordinal);

    private static bool IsFinished(string name) => name.EndsWith(PredictionFolder.ArchiveSuffix, StringComparison.Ordinal);

    /// <summary>Removes a file, and what was in it.</summary>
    private static async Task RemoveAsync(ArtifactStore store, ArtifactTree tree, string name, CancellationToken cancellation)
    {
        try
        {
            var blob = await store.FindAsync(tree, [name], cancellation).ConfigureAwait(false);
            await store.DeleteAsync(tree, [name], cancellation).ConfigureAwait(false);
            if (blob is not null)
                await store.DiscardAsync(blob, cancellation).ConfigureAwait(false);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
        {
            // Another was first.
        }
    }

    private Task<ArtifactStore> OpenAsync(CancellationToken cancellation) => artifacts.OpenAsync(cancellation);

    private async IAsyncEnumerable<(string Digest, long Until, string Name)> ErasureNamesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var name in (await OpenAsync(cancellation).ConfigureAwait(false)).NamesAsync(ErasureTree, cancellation).ConfigureAwait(false))
        {
            if (PredictionFolder.StemOf(name).Split('-') is [var digest, var text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var until))
                yield return (digest, until, name);
        }
    }
}
