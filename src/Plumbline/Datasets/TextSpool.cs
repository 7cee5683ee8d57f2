using Microsoft.Win32.SafeHandles;
using Plumbline.Storage;

namespace Plumbline.Datasets;

/// <summary>
/// The texts of an ingest between the first pass and the second: written once, then read once, both in order. The first lie in memory, what is beyond
/// in a file without a name, gone when its process is. Not thread-safe.
/// </summary>
internal sealed class TextSpool(long memoryBytes, string folder) : IDisposable
{
    private const int BlockBytes = 4 << 20;

    private readonly List<(byte[]? Bytes, long Offset, int Length)> _blocks = [];
    private SafeFileHandle? _file;
    private byte[] _block = [];
    private int _used;
    private long _inMemory;
    private long _inFile;
    private int _next;

    /// <summary>A text never stands across two blocks.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        if (text.Length > _block.Length - _used)
        {
            CloseBlock();
            if (_block.Length < text.Length)
                _block = GC.AllocateUninitializedArray<byte>(Math.Max(BlockBytes, text.Length));
        }
        text.CopyTo(_block.AsSpan(_used));
        _used += text.Length;
    }

    /// <summary>Ends writing; texts are read from the first on.</summary>
    public void Rewind()
    {
        CloseBlock();
        _block = [];
        _next = 0;
    }

    /// <summary>The next text, whose length the caller remembers; lives until the next call.</summary>
    public ReadOnlySpan<byte> Read(int length)
    {
        if (_used + length > (_next == 0 ? 0 : _blocks[_next - 1].Length))
            OpenBlock();
        _used += length;
        return _block.AsSpan(_used - length, length);
    }

    public void Dispose() => _file?.Dispose();

    private void CloseBlock()
    {
        if (_used == 0)
            return;
        if (_file is null && _inMemory + _used <= memoryBytes)
        {
            _blocks.Add((_block, 0, _used));
            _inMemory += _block.Length;
            _block = [];
        }
        else
        {
            _file ??= UnnamedFile.Create(folder);
            RandomAccess.Write(_file, _block.AsSpan(0, _used), _inFile);
            _blocks.Add((null, _inFile, _used));
            _inFile += _used;
        }
        _used = 0;
    }

    private void OpenBlock()
    {
        var (bytes, offset, length) = _blocks[_next];
        if (_next > 0)
            _blocks[_next - 1] = _blocks[_next - 1] with { Bytes = null };
        _next++;
        _used = 0;
        if (bytes is null && _block.Length < length)
            _block = GC.AllocateUninitializedArray<byte>(length);
        if (bytes is not null)
            _block = bytes;
        else
            UnnamedFile.ReadWhole(_file!, _block.AsSpan(0, length), offset);
    }
}
