using Microsoft.Win32.SafeHandles;

namespace Plumbline.Storage;

/// <summary>Temporary files without a name: gone when their process is, however that ends.</summary>
internal static class UnnamedFile
{
    public static SafeFileHandle Create(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $".plumbline-{Guid.NewGuid():N}.tmp");
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return handle;
    }

    public static void ReadWhole(SafeFileHandle file, Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0)
                throw new IOException("A temporary file ended early.");
            target = target[read..];
            offset += read;
        }
    }
}
