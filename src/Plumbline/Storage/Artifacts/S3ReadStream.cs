namespace Plumbline.Storage.Artifacts;

/// <summary>Bytes of an object: a connection that is lost midway is opened again from the byte that was reached. Not thread-safe.</summary>
/// <param name="open">Gives the bytes from an offset of the object on.</param>
internal sealed class S3ReadStream(string key, long offset, long length, S3Calls calls, Func<long, CancellationToken, Task<Stream>> open) : Stream
{
    private Stream? _inner;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position == length)
            return 0;
        var read = await calls.RunAsync(key, token => FillAsync(buffer, token), cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner?.Dispose();
        base.Dispose(disposing);
    }

    private async Task<int> FillAsync(Memory<byte> buffer, CancellationToken token)
    {
        try
        {
            _inner ??= await open(offset + _position, token).ConfigureAwait(false);
            var read = await _inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - _position)], token).ConfigureAwait(false);
            return read > 0 ? read : throw new EndOfStreamException(FormattableString.Invariant($"the connection ended after {_position} of {length} bytes"));
        }
        catch
        {
            var broken = _inner;
            _inner = null;
            if (broken is not null)
                await broken.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
