using System.Buffers;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Plumbline.Inference.Logging;

/// <summary>Reads a segment block by block, while it is written or after. Not thread-safe.</summary>
internal sealed class SegmentReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Dictionary<uint, LoggedVersion> _versions = [];
    private readonly byte[] _header = new byte[SegmentBlock.HeaderBytes];
    private byte[] _body = [];
    private int _length;
    private long _at = SegmentBlock.FileHeaderBytes;
    private bool _isLastDamaged;

    private SegmentReader(SafeFileHandle file) => _file = file;

    /// <summary>Blocks that were not what was written, though others follow them.</summary>
    public int DamagedBlocks { get; private set; }

    public IReadOnlyDictionary<uint, LoggedVersion> Versions => _versions;

    /// <summary>Where the next block begins.</summary>
    public long Position => _at;

    /// <summary>Rows of the current block.</summary>
    public ReadOnlySpan<byte> Rows => _body.AsSpan(0, _length);

    /// <returns>Null where it is not there any more.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SegmentReader? TryOpen(string path)
    {
        try
        {
            return new SegmentReader(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Moves to the next whole block of predictions.</summary>
    /// <param name="wants">Given the least and greatest Unix ms of a block's ids; others are not read.</param>
    public bool Next(Func<long, long, bool>? wants = null)
    {
        if (_at == SegmentBlock.FileHeaderBytes && !IsSegment())
            return false;
        while (TryRead(_header, _at) && SegmentBlock.TryRead(_header, out var block) && _at + SegmentBlock.HeaderBytes + block.Length <= RandomAccess.GetLength(_file))
        {
            var body = _at + SegmentBlock.HeaderBytes;
            _at = body + block.Length;
            DamagedBlocks += _isLastDamaged ? 1 : 0;
            _isLastDamaged = false;
            if (block.Kind == SegmentBlockKind.Predictions && wants is not null && !wants(block.First, block.Last))
                continue;
            _isLastDamaged = !TryReadBody(block, body);
            if (!_isLastDamaged && block.Kind == SegmentBlockKind.Predictions)
                return true;
        }
        _length = 0;
        return false;
    }

    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_body);
        _body = [];
    }

    private bool TryReadBody(SegmentBlock block, long at)
    {
        if (_body.Length < block.Length)
        {
            ArrayPool<byte>.Shared.Return(_body);
            _body = ArrayPool<byte>.Shared.Rent(block.Length);
        }
        _length = block.Length;
        if (!TryRead(_body.AsSpan(0, _length), at) || Crc32.HashToUInt32(Rows) != block.Checksum)
            return false;
        if (block.Kind == SegmentBlockKind.Version && LoggedVersion.TryParse(Rows) is { } version)
            _versions[block.Number] = version with { Number = block.Number };
        return true;
    }

    private bool IsSegment()
    {
        Span<byte> header = stackalloc byte[SegmentBlock.FileHeaderBytes];
        return TryRead(header, 0) && SegmentBlock.IsFileHeader(header);
    }

    private bool TryRead(Span<byte> target, long at)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(_file, target, at);
            if (read == 0)
                return false;
            target = target[read..];
            at += read;
        }
        return true;
    }
}
