using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Datasets.Retention;

/// <summary>
/// Removes snapshots that nobody refers to, and what killed processes left behind; docs/specs/snapshot.md. Safe while others ingest, open and read, and several
/// times at once: a snapshot vanishes whole, and one that somebody reads stays.
/// </summary>
public sealed class GarbageCollector(Home home, TimeProvider time)
{
    // Nobody holds a lock on these; no work takes as long without a write.
    private static readonly TimeSpan YoungestLeftover = TimeSpan.FromDays(1);

    /// <summary>Between an ingest and the run that refers to its snapshot.</summary>
    internal TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Who refers to a snapshot by now, asked of each that is about to go, while nobody can open it; null: nobody. Who refers to one and then opens it either keeps it or finds it gone at once.</summary>
    public Func<string, string?> ReferredBy { get; init; } = static _ => null;

    /// <param name="references">Who refers to a digest.</param>
    /// <param name="dryRun">Only says what it would do.</param>
    public CollectionReport Run(ILookup<string, string> references, RetentionOptions options, bool dryRun, CancellationToken stop = default)
    {
        options.Validate();
        var young = TimeSpan.FromDays(options.KeepDays) is var days && days > Grace ? days : Grace;
        var collected = new List<CollectedSnapshot>();
        foreach (var stored in new SnapshotStore(home).List())
        {
            stop.ThrowIfCancellationRequested();
            List<string> reasons = [.. references[stored.Digest]];
            if (collected.Count < options.Keep)
                reasons.Add(string.Create(CultureInfo.InvariantCulture, $"among the {options.Keep} newest"));
            collected.Add(Collect(stored, reasons, young, dryRun));
        }
        return new CollectionReport(collected, [.. Sweep(days, dryRun)]);
    }

    private CollectedSnapshot Collect(StoredSnapshot stored, List<string> reasons, TimeSpan young, bool dryRun)
    {
        var age = time.GetUtcNow() - stored.Used;
        if (age < young)
            reasons.Add($"used {Describe(age)} ago");
        if (stored.Problem is not null)
            reasons.Add($"its manifest cannot be read, so that it is left to you: {stored.Problem}");
        // Asked before as well: the lock keeps out who would read it.
        if (reasons.Count == 0 && !dryRun && (ReferredBy(stored.Digest) ?? Remove(stored, young)) is { } kept)
            reasons.Add(kept);
        return reasons.Count > 0
            ? new CollectedSnapshot(stored.Digest, false, reasons, stored.Snapshot?.Manifest.Size ?? 0)
            : new CollectedSnapshot(stored.Digest, true, [$"nobody refers to it; used {Describe(age)} ago"], stored.Snapshot!.Manifest.Size);
    }

    /// <returns>Why it stays; null where it is gone.</returns>
    private string? Remove(StoredSnapshot stored, TimeSpan young)
    {
        const string Busy = "being read, made again or removed by another at this moment";
        using var manifest = TryLock(stored.Directory);
        // Since it was listed it may have been made again of the same content, or referred to: only what is seen under the lock counts.
        if (manifest is null || time.GetUtcNow() - SnapshotStore.Used(stored.Directory) < young)
            return Busy;
        return ReferredBy(stored.Digest) ?? (AtomicDirectory.Remove(stored.Directory) ? null : Busy);
    }

    private static FileStream? TryLock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, Snapshot.ManifestFileName), FileMode.Open, FileAccess.Read, FileShare.None, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private IEnumerable<string> Sweep(TimeSpan keep, bool dryRun)
    {
        var now = time.GetUtcNow();
        foreach (var parent in new[] { home.Snapshots, home.Bundles, home.MlflowModels, home.Datasets, home.Validations, home.Temporary })
            foreach (var swept in AbandonedFolders.Sweep(parent, now, dryRun))
                yield return swept;
        foreach (var leftover in Older(home.Temporary, now - YoungestLeftover).Concat(Older(home.Validations, now - (keep > YoungestLeftover ? keep : YoungestLeftover))))
        {
            if (dryRun || RemoveEntry(leftover))
                yield return leftover;
        }
    }

    /// <summary>But for what has a lock, or is one.</summary>
    private static IEnumerable<string> Older(string parent, DateTimeOffset than) => Directory.Exists(parent)
        ? Directory.EnumerateFileSystemEntries(parent).Where(entry => AbandonedFolders.LastWrite(entry) < than && !File.Exists(Path.ChangeExtension(entry, AtomicDirectory.LockSuffix)))
            .Order(StringComparer.Ordinal)
        : [];

    private static bool RemoveEntry(string path)
    {
        if (Directory.Exists(path))
            return AtomicDirectory.Remove(path);
        File.Delete(path);
        return true;
    }

    private static string Describe(TimeSpan age) => age.TotalHours < 1 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalMinutes):n0} minutes")
        : age.TotalDays < 2 ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:n0} hours")
        : string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:n0} days");
}
