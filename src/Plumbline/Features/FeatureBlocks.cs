using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plumbline.Storage;

namespace Plumbline.Features;

/// <summary>How much memory the entries of a matrix may take, and the folder of the file that takes what is beyond.</summary>
public sealed record MatrixMemory(long Bytes, string Folder)
{
    public static MatrixMemory Default { get; } = new(256L << 20, Path.GetTempPath());
}

/// <summary>
/// Blocks in order, of which the first lie in memory and, once that is full, the entries (indices and values) of the others in a temporary file.
/// Reading is thread-safe, and so is saving different blocks; adding is not. The same rows give the same blocks wherever they lie.
/// Enumerated, a block lives until the next.
/// </summary>
internal sealed class FeatureBlocks(MatrixMemory memory) : IReadOnlyList<FeatureBlock>, IDisposable
{
    private const int EntryBytes = sizeof(int) + sizeof(float);

    private readonly List<(FeatureBlock Outline, long Offset)> _blocks = [];
    // Millions of rows are read in every epoch: fresh arrays each time would be gigabytes before they are collected.
    private readonly ConcurrentBag<(int[] Indices, float[] Values)> _returned = [];
    private SafeFileHandle? _file;
    private long _bytesInMemory;
    private long _bytesInFile;

    public int Count => _blocks.Count;

    /// <summary>The block with its entries, read from the file where they lie there; its arrays may then be longer than the entries.</summary>
    public FeatureBlock this[int index]
    {
        get
        {
            var (outline, offset) = _blocks[index];
            if (offset < 0)
                return outline;
            var entries = EntriesOf(index);
            var arrays = Rent(entries);
            UnnamedFile.ReadWhole(_file!, MemoryMarshal.AsBytes(arrays.Indices.AsSpan(0, entries)), offset);
            UnnamedFile.ReadWhole(_file!, MemoryMarshal.AsBytes(arrays.Values.AsSpan(0, entries)), offset + ((long)entries * sizeof(int)));
            return outline with { Indices = arrays.Indices, Values = arrays.Values };
        }
    }

    /// <summary>Arrays for a block's entries, perhaps longer; used before where blocks go to the file.</summary>
    public (int[] Indices, float[] Values) Rent(int entries)
    {
        while (_returned.TryTake(out var arrays))
            if (arrays.Indices.Length >= entries)
                return arrays;
        // In memory they stay, so that every entry counts; those that go round should fit the next block, too.
        var length = Volatile.Read(ref _file) is null ? entries : entries + (entries / 4);
        return (GC.AllocateUninitializedArray<int>(length), GC.AllocateUninitializedArray<float>(length));
    }

    /// <summary>Lets the arrays of a block that was read here serve another; the caller touches it no more.</summary>
    public void Return(int index, FeatureBlock block)
    {
        if (_blocks[index].Offset >= 0)
            _returned.Add((block.Indices, block.Values));
    }

    /// <summary>The block, perhaps without its indices and values: costs nothing.</summary>
    public FeatureBlock Outline(int index) => _blocks[index].Outline;

    /// <summary>Number of entries of a block.</summary>
    public int EntriesOf(int index) => EntriesOf(_blocks[index].Outline);

    /// <summary>Takes the block with its arrays.</summary>
    public void Add(FeatureBlock block)
    {
        var bytes = (long)EntriesOf(block) * EntryBytes;
        if (_file is null && _bytesInMemory + bytes <= memory.Bytes)
        {
            _bytesInMemory += bytes;
            _blocks.Add((block, -1));
            return;
        }
        if (_file is null)
            Volatile.Write(ref _file, UnnamedFile.Create(memory.Folder));
        var offset = _bytesInFile;
        _bytesInFile += bytes;
        _blocks.Add((block with { Indices = [], Values = [] }, offset));
        Write(block, offset);
        _returned.Add((block.Indices, block.Values));
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
        {
            var block = this[i];
            yield return block;
            Return(i, block);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _file?.Dispose();

    private static int EntriesOf(FeatureBlock block) => block.Ends is [.., var last] ? last : 0;

    private void Write(FeatureBlock block, long offset)
    {
        var entries = EntriesOf(block);
        RandomAccess.Write(_file!, MemoryMarshal.AsBytes(block.Indices.AsSpan(0, entries)), offset);
        RandomAccess.Write(_file!, MemoryMarshal.AsBytes(block.Values.AsSpan(0, entries)), offset + ((long)entries * sizeof(int)));
    }
}
