using System.Collections.Concurrent;
using ZstdSharp;

namespace Plumbline.Datasets.Sources;

/// <summary>
/// Reads (and so fetches, hashes and decompresses) on a second thread, up to 16 MiB ahead of its one reader.
/// What goes wrong there surfaces in <see cref="Read(Span{byte})"/> as a <see cref="DatasetException"/> naming the file.
/// </summary>
internal sealed class ReadAheadStream : ForwardStream
{
    private const int BlockBytes = 1 << 20;
    private const int Blocks = 16;

    private readonly BlockingCollection<(byte[] Block, int Length)> _filled = new(Blocks);
    private readonly ConcurrentBag<byte[]> _free = [];
    private readonly CancellationTokenSource _stop;
    private readonly Task _filling;
    private readonly string _name;
    private (byte[] Block, int Length) _current = ([], 0);
    private int _position;
    private bool _disposed;

    /// <param name="source">Read to its end; disposed with this.</param>
    /// <param name="atEnd">Called on the second thread before the reader sees the end, which it does not if this throws.</param>
    public ReadAheadStream(string name, Stream source, Action atEnd, CancellationToken stop)
    {
        _name = name;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _filling = Task.Factory.StartNew(() => FillBlocks(source, atEnd), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new DatasetException($"{_name} is damaged or cut off: its compressed data does not decompress. Fetch it again", e);
        }
        catch (IOException e)
        {
            throw new DatasetException($"{_name} cannot be read to its end: {e.Message}", e);
        }
    }

    private void FillBlocks(Stream source, Action atEnd)
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
                    if (length == 0)
                    {
                        atEnd();
                        return;
                    }
                    _filled.Add((block, length), _stop.Token);
                }
            }
        }
        finally
        {
            _filled.CompleteAdding();
        }
    }
}
