using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Keeps others away from the parts of a local output, by advisory locks, which end with their process: exclusive for a process alone, shared for workers of a job. A file beside the lock says who has it; it is
/// written under the exclusive lock, which all who come first must get. Thread-safe.
/// </summary>
internal sealed class FolderLock : IAsyncDisposable
{
    private const string LockName = "lock", HolderName = "holder";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>In which who took it has said so.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    /// <summary>In which workers of a job that ended have found that out; one that has not is frozen.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FileStream _held;
    private readonly string _folder;

    private FolderLock(FileStream held, string folder) => (_held, _folder) = (held, folder);

    /// <summary>Waits for workers of the same job, and of one that has ended, no longer.</summary>
    /// <param name="folder">Of the parts; made if absent.</param>
    /// <param name="output">For messages.</param>
    /// <exception cref="Datasets.DatasetException">Others are at work.</exception>
    public static async Task<FolderLock> TakeAsync(string folder, string output, OutputOwner owner, TimeProvider time, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            DurableFolder.Create(folder);
            if (TryTake(folder, owner) is { } held)
                return new FolderLock(held, folder);
            var other = Find(folder);
            // Until then the holder may be one that was killed, or none; and who only looks whether it is locked has it for a moment.
            if (time.GetElapsedTime(began) > Settling && !owner.IsOf(other))
            {
                if (other?.Job is not { } job || !await owner.HasEndedAsync(job, stop).ConfigureAwait(false))
                    throw OutputOwner.InUse(output, other);
                // Awake again, it looks whether its job runs before it writes.
                if (time.GetElapsedTime(began) > Patience)
                    File.Delete(Path.Combine(folder, LockName));
            }
            await Task.Delay(Pause, time, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Who is at work; null where nobody is.</summary>
    public static OutputHolder? FindHolder(string folder)
    {
        var path = Path.Combine(folder, LockName);
        if (!File.Exists(path))
            return null;
        using var free = TryOpen(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        return free is null && File.Exists(path) ? Find(folder) ?? new OutputHolder("", 0) : null;
    }

    public ValueTask DisposeAsync()
    {
        _held.Dispose();
        try
        {
            // The last one leaves nothing behind.
            using var last = TryOpen(Path.Combine(_folder, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            if (last is not null)
            {
                File.Delete(Path.Combine(_folder, HolderName));
                File.Delete(last.Name);
            }
        }
        catch (IOException)
        {
            // Whoever completed the output removed all.
        }
        return ValueTask.CompletedTask;
    }

    private static FileStream? TryTake(string folder, OutputOwner owner)
    {
        var path = Path.Combine(folder, LockName);
        var alone = TryOpen(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        if (alone is not null)
        {
            AtomicFile.Write(Path.Combine(folder, HolderName), stream => stream.Write(owner.ToJson(0)));
            // It may have been removed between its opening and its locking.
            if (owner.Job is null && File.Exists(path))
                return alone;
            alone.Dispose();
        }
        if (owner.Job is null)
            return null;
        var shared = TryOpen(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (shared is not null && owner.IsOf(Find(folder)) && File.Exists(path))
            return shared;
        shared?.Dispose();
        return null;
    }

    private static OutputHolder? Find(string folder)
    {
        try
        {
            return OutputOwner.Read(File.ReadAllBytes(Path.Combine(folder, HolderName)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <returns>Null where others lock it, or it is not there.</returns>
    private static FileStream? TryOpen(string path, FileMode mode, FileAccess access, FileShare share)
    {
        try
        {
            return new FileStream(path, mode, access, share, 1);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
