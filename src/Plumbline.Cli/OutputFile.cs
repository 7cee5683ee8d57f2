using System.IO.Compression;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>A file that a command writes: it appears whole or not at all, and is compressed where its name ends with .gz.</summary>
internal static class OutputFile
{
    private const string Devices = "/dev/";

    public static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    public static void Write(string path, Action<Stream> write)
    {
        // A device must not be replaced by a file.
        if (Path.GetFullPath(path).StartsWith(Devices, StringComparison.Ordinal))
        {
            using var device = new FileStream(path, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }
        AtomicFile.Write(path, stream =>
        {
            using var compressed = IsCompressed(path) ? new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true) : null;
            write(compressed ?? stream);
        });
    }
}
