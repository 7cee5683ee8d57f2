using Microsoft.Win32.SafeHandles;

namespace Plumbline.Storage.Artifacts;

/// <summary>A part of a file, to be read; ends early where the file does. Several may read one handle at once. Not thread-safe itself.</summary>
/// <param name="owner">Disposed with this; null if others go on reading the file.</param>
internal sealed class SliceStream(SafeFileHandle file, long offset, long length, IDisposable? owner = null) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        var read = RandomAccess.Read(file, buffer[..Within(buffer.Length)], offset + _position);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>On this thread: to have another one read, and wait for it, costs more than what is nearly always a copy from memory.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            owner?.Dispose();
        base.Dispose(disposing);
    }

    private int Within(int count) => (int)Math.Clamp(length - _position, 0, count);
}
