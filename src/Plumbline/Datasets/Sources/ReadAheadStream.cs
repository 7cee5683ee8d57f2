using System.Collections.Concurrent;

namespace Plumbline.Datasets.Sources;

/// <summary>
/// Reads (and so decompresses) a file on a second thread, up to 16 MiB ahead of its one reader.
/// What goes wrong there surfaces in <see cref="Read(Span{byte})"/> as a <see cref="DatasetException"/> naming the file.
/// </summary>
internal sealed class ReadAheadStream : Stream
{
    private const int BlockBytes = 1 << 20;
    private const int Blocks = 16;

    private readonly BlockingCollection<(byte[] Block, int Length)> _filled = new(Blocks);
    private readonly ConcurrentBag<byte[]> _free = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _filling;
    private readonly string _path;
    private readonly Stream? _raw;
    private (byte[] Block, int Length) _current = ([], 0);
    private int _position;
    private long _rawPosition;
    private bool _disposed;

    /// <param name="source">Read to its end; disposed with this.</param>
    /// <param name="raw">The file under <paramref name="source"/>, to tell how far it is; null where that is not known.</param>
    public ReadAheadStream(string path, Stream source, Stream? raw)
    {
        _path = path;
        _raw = raw;
        _filling = Task.Factory.StartNew(() => FillBlocks(source), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Bytes of the file read so far; 0 where not known.</summary>
    public long RawPosition => Volatile.Read(ref _rawPosition);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position == _current.Length)
        {
            if (_current.Block.Length > 0)
                _free.Add(_current.Block);
            _position = 0;
            if (!_filled.TryTake(out _current, Timeout.Infinite))
            {
                _current = ([], 0);
                ThrowIfFailed();
                return 0;
            }
        }
        var length = Math.Min(buffer.Length, _current.Length - _position);
        _current.Block.AsSpan(_position, length).CopyTo(buffer);
        _position += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _stop.Cancel();
            // Its error, if any, was the reader's to see; who disposes early does not want it.
            Task.WhenAny(_filling).GetAwaiter().GetResult();
            _filled.Dispose();
            _stop.Dispose();
        }
        base.Dispose(disposing);
    }

    private void ThrowIfFailed()
    {
        try
        {
            _filling.GetAwaiter().GetResult();
        }
        catch (InvalidDataException e)
        {
            throw new DatasetException($"{_path} is damaged or cut off: its compressed data does not decompress. Fetch it again", e);
        }
        catch (Exception e) when (e is IOException or DatasetException)
        {
            throw new DatasetException($"{_path} cannot be read to its end: {e.Message}", e);
        }
    }

    private void FillBlocks(Stream source)
    {
        try
        {
            using (source)
            {
                for (; ; )
                {
                    if (!_free.TryTake(out var block))
                        block = new byte[BlockBytes];
                    var length = source.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
                    Volatile.Write(ref _rawPosition, _raw?.Position ?? 0);
                    if (length == 0)
                        return;
                    _filled.Add((block, length), _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed before its end.
        }
        finally
        {
            _filled.CompleteAdding();
        }
    }
}
