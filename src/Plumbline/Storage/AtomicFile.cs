namespace Plumbline.Storage;

/// <summary>A file that a reader sees whole or not at all, old or new.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Gives <paramref name="write"/> a stream to a temporary file beside <paramref name="path"/>, makes it durable, and puts it in the place of
    /// whatever was there. If <paramref name="write"/> throws, the old file stays and the temporary is removed.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(path) ?? throw new ArgumentException($"'{path}' is not the path of a file.", nameof(path));
        DurableFolder.Create(parent);
        var temporary = Path.Combine(parent, $".{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            DurableFolder.Flush(parent);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
