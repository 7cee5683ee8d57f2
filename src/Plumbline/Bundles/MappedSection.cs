using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Plumbline.Bundles;

/// <summary>A section's file, mapped read-only: pages are shared between processes and come from disk when touched.</summary>
internal sealed unsafe class MappedSection : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly int _length;

    private MappedSection(MemoryMappedFile? file, MemoryMappedViewAccessor? view, byte* start, int length)
    {
        _file = file;
        _view = view;
        Start = start;
        _length = length;
    }

    /// <summary>First byte, aligned to a page; null where the section is empty.</summary>
    public byte* Start { get; }

    public ReadOnlySpan<byte> Bytes => new(Start, _length);

    /// <exception cref="BundleException">The file is missing, of another length, or has another SHA-256 than the manifest says.</exception>
    public static MappedSection Open(string directory, BundleSection section)
    {
        var path = Path.Combine(directory, section.File);
        if (Path.GetFileName(section.File) != section.File)
            throw new BundleException($"Section '{section.Name}' names the file '{section.File}', which is not a plain file name.");
        var info = new FileInfo(path);
        if (!info.Exists)
            throw new BundleException($"{path} is missing; the bundle is incomplete. Train or copy it again.");
        if (info.Length != section.Bytes)
            throw new BundleException($"{path} has {info.Length} bytes where the manifest says {section.Bytes}: it is truncated or was changed. Train or copy it again.");
        // The system maps no empty file.
        if (section.Bytes == 0)
            return new MappedSection(null, null, null, 0);
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var mapped = new MappedSection(file, view, start, checked((int)section.Bytes));
            if (Convert.ToHexStringLower(SHA256.HashData(mapped.Bytes)) != section.Sha256)
                throw new BundleException($"{path} does not have the SHA-256 that the manifest says: it is damaged. Train or copy it again.");
            return mapped;
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
