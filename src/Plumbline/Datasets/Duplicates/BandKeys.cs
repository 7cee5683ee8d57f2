using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plumbline.Storage;

namespace Plumbline.Datasets.Duplicates;

/// <summary>
/// The keys of all records, written record by record and read band by band. The first lie in memory, what is beyond in a file without a name.
/// Reading is thread-safe once <see cref="Complete"/> was called.
/// </summary>
internal sealed class BandKeys(long memoryBytes, string folder) : IDisposable
{
    private const int BlockRecords = 1 << 14;

    /// <summary>Band by band; what is not in memory is in the file, block after block.</summary>
    private readonly List<uint[]?> _blocks = [];
    private SafeFileHandle? _file;
    private uint[]? _block;
    private int _used;
    private long _inFile;

    public void Add(ReadOnlySpan<uint> keys)
    {
        _block ??= new uint[BlockRecords * MinHash.Bands];
        for (var band = 0; band < MinHash.Bands; band++)
            _block[(band * BlockRecords) + _used] = keys[band];
        if (++_used == BlockRecords)
            Complete();
    }

    public void Complete()
    {
        if (_used == 0)
            return;
        _used = 0;
        if (_file is null && (_blocks.Count + 1L) * BlockRecords * MinHash.Bands * sizeof(uint) <= memoryBytes)
        {
            _blocks.Add(_block);
            _block = null;
            return;
        }
        _file ??= UnnamedFile.Create(folder);
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(_block.AsSpan()), _inFile);
        _inFile += _block!.Length * sizeof(uint);
        _blocks.Add(null);
    }

    /// <param name="keys">Receives the key of each record, in order.</param>
    public void Read(int band, Span<uint> keys)
    {
        long offset = band * BlockRecords * sizeof(uint);
        foreach (var block in _blocks)
        {
            var target = keys[..Math.Min(BlockRecords, keys.Length)];
            if (block is not null)
            {
                block.AsSpan(band * BlockRecords, target.Length).CopyTo(target);
            }
            else
            {
                UnnamedFile.ReadWhole(_file!, MemoryMarshal.AsBytes(target), offset);
                offset += BlockRecords * MinHash.Bands * sizeof(uint);
            }
            keys = keys[target.Length..];
        }
    }

    public void Dispose() => _file?.Dispose();
}
