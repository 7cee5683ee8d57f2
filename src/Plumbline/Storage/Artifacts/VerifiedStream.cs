using System.Security.Cryptography;

namespace Plumbline.Storage.Artifacts;

/// <summary>
/// The bytes of a blob as they are read. The last of them are given only once the digest of all is right, so that who has read to the end has what was stored. Not thread-safe.
/// </summary>
/// <param name="address">Where it is, for messages.</param>
internal sealed class VerifiedStream(Stream inner, Blob blob, string address) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => blob.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position == blob.Size)
            return 0;
        var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, blob.Size - _position)], cancellationToken).ConfigureAwait(false);
        return Count(buffer.Span[..read]);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _position == blob.Size)
            return 0;
        return Count(buffer[..inner.Read(buffer[..(int)Math.Min(buffer.Length, blob.Size - _position)])]);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Reads on while what was read goes to <paramref name="destination"/>.</summary>
    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
        new BlockCopy(block => destination.WriteAsync(block, cancellationToken)).RunAsync(this, null, cancellationToken);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }

    private int Count(ReadOnlySpan<byte> read)
    {
        if (read.IsEmpty)
            throw ArtifactStore.Damaged(blob, address, FormattableString.Invariant($"it ends after {_position} of {blob.Size} bytes"));
        _hash.AppendData(read);
        _position += read.Length;
        if (_position == blob.Size && Convert.ToHexStringLower(_hash.GetHashAndReset()) is var found && found != blob.Sha256)
            throw ArtifactStore.Damaged(blob, address, $"its SHA-256 is {found}");
        return read.Length;
    }
}
