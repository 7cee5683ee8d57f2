namespace Plumbline.Storage;

/// <summary>
/// What <see cref="AtomicDirectory"/> and <see cref="AtomicFile"/> had begun when their process ended before it could remove them. Safe while others write in
/// the same parent, and for several processes at once.
/// </summary>
public static class AbandonedFolders
{
    // A lock is made and taken in two steps, so that a young one proves nothing.
    private static readonly TimeSpan YoungestLock = TimeSpan.FromMinutes(1);

    // Files, and what an earlier version of Plumbline left, have no lock: only age tells.
    private static readonly TimeSpan YoungestWithoutLock = TimeSpan.FromDays(1);

    /// <summary>Removes those in <paramref name="parent"/>, or only names them.</summary>
    /// <returns>Their full paths.</returns>
    public static IReadOnlyList<string> Sweep(string parent, DateTimeOffset now, bool dryRun)
    {
        if (!Directory.Exists(parent))
            return [];
        var names = Directory.EnumerateFileSystemEntries(parent, ".*").Where(IsTemporary).Select(path => path[..path.LastIndexOf('.')]).Distinct().Order(StringComparer.Ordinal);
        return [.. names.Where(name => Sweep(name + AtomicDirectory.FolderSuffix, name + AtomicDirectory.LockSuffix, now, dryRun)).Select(name => name + AtomicDirectory.FolderSuffix)];
    }

    /// <summary>The last time that anything in a folder was written; of a file, that it was.</summary>
    public static DateTimeOffset LastWrite(string path)
    {
        try
        {
            return Directory.Exists(path)
                ? Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories).Append(path).Max(File.GetLastWriteTimeUtc)
                : File.GetLastWriteTimeUtc(path);
        }
        catch (DirectoryNotFoundException)
        {
            // It is being removed.
            return File.GetLastWriteTimeUtc(path);
        }
    }

    private static bool IsTemporary(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        return (name.EndsWith(AtomicDirectory.FolderSuffix) || name.EndsWith(AtomicDirectory.LockSuffix))
            && Guid.TryParseExact(Path.GetFileNameWithoutExtension(name)[1..], "N", out _);
    }

    private static bool Sweep(string folder, string lockFile, DateTimeOffset now, bool dryRun)
    {
        try
        {
            if (File.Exists(lockFile))
                return now - LastWrite(lockFile) > YoungestLock && SweepLocked(folder, lockFile, dryRun);
            if (!Path.Exists(folder) || now - LastWrite(folder) < YoungestWithoutLock)
                return false;
            if (dryRun)
                return true;
            if (Directory.Exists(folder))
                return AtomicDirectory.Remove(folder);
            File.Delete(folder);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Its process, or another that sweeps, was faster.
            return false;
        }
    }

    private static bool SweepLocked(string folder, string lockFile, bool dryRun)
    {
        using var free = TryLock(lockFile, dryRun ? FileOptions.None : FileOptions.DeleteOnClose);
        if (free is null)
            return false;
        if (!dryRun && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return true;
    }

    private static FileStream? TryLock(string file, FileOptions options)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, options);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            return null;
        }
    }
}
