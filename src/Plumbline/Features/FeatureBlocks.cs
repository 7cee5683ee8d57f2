using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Plumbline.Features;

/// <summary>How much memory the entries of a matrix may take, and the folder of the file that takes what is beyond.</summary>
public sealed record MatrixMemory(long Bytes, string Folder)
{
    public static MatrixMemory Default { get; } = new(2L << 30, Path.GetTempPath());
}

/// <summary>
/// Blocks in order, of which the first lie in memory and, once that is full, the entries (indices and values) of the others in a temporary file.
/// Reading is thread-safe, and so is saving different blocks; adding is not. The same rows give the same blocks wherever they lie.
/// </summary>
internal sealed class FeatureBlocks(MatrixMemory memory) : IReadOnlyList<FeatureBlock>, IDisposable
{
    private const int EntryBytes = sizeof(int) + sizeof(float);

    private readonly List<(FeatureBlock Outline, long Offset)> _blocks = [];
    private SafeFileHandle? _file;
    private long _bytesInMemory;
    private long _bytesInFile;

    public int Count => _blocks.Count;

    /// <summary>The block with its entries, read from the file where they lie there.</summary>
    public FeatureBlock this[int index]
    {
        get
        {
            var (outline, offset) = _blocks[index];
            if (offset < 0)
                return outline;
            var indices = GC.AllocateUninitializedArray<int>(EntriesOf(index));
            var values = GC.AllocateUninitializedArray<float>(indices.Length);
            ReadWhole(MemoryMarshal.AsBytes(indices.AsSpan()), offset);
            ReadWhole(MemoryMarshal.AsBytes(values.AsSpan()), offset + ((long)indices.Length * sizeof(int)));
            return outline with { Indices = indices, Values = values };
        }
    }

    /// <summary>The block, perhaps without its indices and values: costs nothing.</summary>
    public FeatureBlock Outline(int index) => _blocks[index].Outline;

    /// <summary>Number of entries of a block.</summary>
    public int EntriesOf(int index) => _blocks[index].Outline.Ends is [.., var last] ? last : 0;

    public void Add(FeatureBlock block)
    {
        var bytes = (long)block.Indices.Length * EntryBytes;
        if (_file is null && _bytesInMemory + bytes <= memory.Bytes)
        {
            _bytesInMemory += bytes;
            _blocks.Add((block, -1));
            return;
        }
        _file ??= OpenTemporary(memory.Folder);
        var offset = _bytesInFile;
        _bytesInFile += bytes;
        _blocks.Add((block with { Indices = [], Values = [] }, offset));
        Write(block, offset);
    }

    /// <summary>Keeps the changed entries of a block that was read here; its shape must be as it was.</summary>
    public void Save(int index, FeatureBlock block)
    {
        if (_blocks[index].Offset >= 0)
            Write(block, _blocks[index].Offset);
    }

    public IEnumerator<FeatureBlock> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _file?.Dispose();

    private void Write(FeatureBlock block, long offset)
    {
        RandomAccess.Write(_file!, MemoryMarshal.AsBytes(block.Indices.AsSpan()), offset);
        RandomAccess.Write(_file!, MemoryMarshal.AsBytes(block.Values.AsSpan()), offset + ((long)block.Indices.Length * sizeof(int)));
    }

    private void ReadWhole(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(_file!, target, offset);
            if (read == 0)
                throw new IOException("The temporary file of the feature matrix ended early.");
            target = target[read..];
            offset += read;
        }
    }

    private static SafeFileHandle OpenTemporary(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $".plumbline-matrix-{Guid.NewGuid():N}.tmp");
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        // A file without a name is gone when its process is, however that ends.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return handle;
    }
}
