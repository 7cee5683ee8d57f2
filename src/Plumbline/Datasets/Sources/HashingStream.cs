using System.Security.Cryptography;

namespace Plumbline.Datasets.Sources;

/// <summary>Passes a stream's bytes on, and knows how many they were and their SHA-256. Not thread-safe but for <see cref="Count"/>.</summary>
internal sealed class HashingStream(Stream inner) : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _peeked = [];
    private long _count;

    /// <summary>Bytes read so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The first bytes, which stay to be read; fewer where there are fewer. Before any reading.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        var bytes = new byte[count];
        _peeked = bytes[..inner.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
        return _peeked;
    }

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_peeked.Length > 0)
        {
            read = Math.Min(_peeked.Length, buffer.Length);
            _peeked.AsSpan(0, read).CopyTo(buffer);
            _peeked = _peeked[read..];
        }
        else
        {
            read = inner.Read(buffer);
        }
        _hash.AppendData(buffer[..read]);
        Volatile.Write(ref _count, _count + read);
        return read;
    }

    /// <summary>Reads what is left, such as bytes behind compressed data, and gives the digest of all as lower-case hex digits.</summary>
    public string Finish(CancellationToken stop)
    {
        var rest = new byte[256 << 10];
        while (Read(rest) > 0)
            stop.ThrowIfCancellationRequested();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
