namespace Plumbline.Storage;

/// <summary>
/// A folder that appears whole or not at all: written under a temporary name beside its target, flushed, then renamed. Dispose removes
/// what was not published. A lock beside it, which ends with the process, tells <see cref="AbandonedFolders"/> that somebody is at work.
/// Not thread-safe; any number of processes may publish the same name at once.
/// </summary>
public sealed class AtomicDirectory : IDisposable
{
    internal const string FolderSuffix = ".tmp";
    internal const string LockSuffix = ".lock";

    private const int MostAttempts = 3;

    private readonly string _parent;
    private readonly FileStream _lock;
    private bool _published;

    private AtomicDirectory(string parent)
    {
        _parent = parent;
        DurableFolder.Create(parent);
        _lock = Lock(parent, out var name);
        Path = name + FolderSuffix;
    }

    /// <summary>Where to write until <see cref="Publish"/>; its name begins with a dot, so that those who list the parent can pass it over.</summary>
    public string Path { get; }

    /// <summary>Makes an empty temporary folder in <paramref name="parent"/>, which is made too if absent.</summary>
    public static AtomicDirectory Create(string parent)
    {
        var directory = new AtomicDirectory(System.IO.Path.GetFullPath(parent));
        Directory.CreateDirectory(directory.Path);
        return directory;
    }

    /// <summary>Makes a folder vanish at once, whole, and then removes what was in it. If the process ends meanwhile, what is left is abandoned.</summary>
    /// <returns>False if it was not there.</returns>
    public static bool Remove(string folder)
    {
        folder = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        using var removed = new AtomicDirectory(System.IO.Path.GetDirectoryName(folder)!);
        try
        {
            Directory.Move(folder, removed.Path);
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        DurableFolder.Flush(removed._parent);
        return true;
    }

    /// <summary>Makes the content durable and then visible as <paramref name="name"/>. Every file in it must be closed.</summary>
    /// <returns>False if <paramref name="name"/> was there before: it stays as it is, which under a content-addressed name is the same content.</returns>
    public bool Publish(string name)
    {
        ObjectDisposedException.ThrowIf(_published, this);
        var target = System.IO.Path.Combine(_parent, name);
        if (!Directory.Exists(target))
        {
            Flush(Path);
            _published = TryMove(target);
        }
        // Also when another was first: it may not have come this far yet, and the caller is about to rely on the name.
        DurableFolder.Flush(_parent);
        return _published;
    }

    public void Dispose()
    {
        try
        {
            if (!_published && Directory.Exists(Path))
                Directory.Delete(Path, recursive: true);
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private bool TryMove(string target)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Move(Path, target);
                return true;
            }
            catch (IOException) when (Directory.Exists(target))
            {
                // Another process was first.
                return false;
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                // Another was first, and was removed before it could be seen.
            }
        }
    }

    private static FileStream Lock(string parent, out string name)
    {
        for (var attempt = 1; ; attempt++)
        {
            name = System.IO.Path.Combine(parent, $".{Guid.NewGuid():N}");
            try
            {
                return new FileStream(name + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                // Made and locked in two steps: one that sweeps, and whose clock is ahead, may come between.
            }
        }
    }

    private static void Flush(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
        foreach (var inner in Directory.EnumerateDirectories(folder))
            Flush(inner);
        DurableFolder.Flush(folder);
    }
}
