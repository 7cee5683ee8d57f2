using System.Globalization;

namespace Plumbline.Datasets.Sources;

/// <summary>A local file. Deleting it while it is read is harmless; writing to it or putting another in its place is noticed.</summary>
internal sealed class FileOrigin(string path) : Origin
{
    private readonly (long Size, DateTime Changed) _before = Stamp(path) ?? throw new DatasetException($"{path}: there is no such file");

    public override string Name => path;

    public override string FullName => Path.GetFullPath(path);

    public override long Size => _before.Size;

    public override string Version => _before.Changed.ToString("O", CultureInfo.InvariantCulture);

    public override string LocalPath => path;

    public override Stream Open(CancellationToken stop)
    {
        try
        {
            // Read in large blocks, so that a buffer would only cost a copy.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException($"{path} was there a moment ago and is gone. Put it back, or ingest again without it", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DatasetException($"{path}: no permission to read it. Allow it to this user", e);
        }
    }

    public override void CheckUnchanged(long bytesRead)
    {
        var after = Stamp(path);
        if (bytesRead == _before.Size && (after is null || after == _before))
            return;
        var (size, changed) = after ?? (bytesRead, _before.Changed);
        throw new DatasetException(string.Create(CultureInfo.InvariantCulture,
            $"{path} changed while it was read: it had {_before.Size} bytes ({_before.Changed:u}), {bytesRead} were read, now it has {size} ({changed:u}). Read a copy that nothing writes to"));
    }

    private static (long Size, DateTime Changed)? Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : null;
    }
}
