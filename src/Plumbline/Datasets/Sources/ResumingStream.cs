using System.Globalization;

namespace Plumbline.Datasets.Sources;

/// <summary>
/// The bytes of something on a server, all of them: a connection that is lost midway is opened again from the byte that was reached. Not thread-safe.
/// </summary>
/// <param name="name">For messages.</param>
/// <param name="size">How many bytes there are.</param>
/// <param name="open">Gives the bytes from an offset on.</param>
internal sealed class ResumingStream(string name, long size, Func<long, CancellationToken, Task<Stream>> open, ServerCalls calls, CancellationToken stop) : ForwardStream
{
    private readonly byte[] _block = new byte[256 << 10];
    private Stream? _inner;
    private long _reached;
    private int _start;
    private int _end;

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && _reached < size)
        {
            _start = 0;
            _end = calls.Run(name, FillAsync, stop);
            _reached += _end;
        }
        var length = Math.Min(buffer.Length, _end - _start);
        _block.AsSpan(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner?.Dispose();
        base.Dispose(disposing);
    }

    private async Task<int> FillAsync(CancellationToken token)
    {
        try
        {
            _inner ??= await open(_reached, token).ConfigureAwait(false);
            var read = await _inner.ReadAsync(_block.AsMemory(0, (int)Math.Min(_block.Length, size - _reached)), token).ConfigureAwait(false);
            return read > 0 ? read : throw new EndOfStreamException(string.Create(CultureInfo.InvariantCulture, $"the connection ended after {_reached} of {size} bytes"));
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
