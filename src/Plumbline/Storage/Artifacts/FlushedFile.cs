using Microsoft.Win32.SafeHandles;

namespace Plumbline.Storage.Artifacts;

/// <summary>
/// A new file that is written from its beginning to its end and then durable. What was written is flushed while more comes, so that little is left to wait for.
/// Disposed before it is finished, it is removed. Not thread-safe.
/// </summary>
internal sealed class FlushedFile(string path) : IDisposable
{
    private const long FlushBytes = 32 << 20;

    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    private Task _flushing = Task.CompletedTask;
    private long _written;
    private long _flushed;
    private bool _isFinished;

    /// <summary>Blocks its thread: to have another one write, and wait for it, costs more than what is nearly always a copy to memory.</summary>
    /// <exception cref="IOException">The disk takes no more.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        RandomAccess.Write(_file, bytes.Span, _written);
        _written += bytes.Length;
        if (_written - _flushed < FlushBytes || !_flushing.IsCompleted)
            return;
        await _flushing.ConfigureAwait(false);
        _flushed = _written;
        _flushing = FlushAsync();
    }

    /// <summary>Makes all of it durable and closes it.</summary>
    /// <exception cref="IOException">The disk took not all.</exception>
    public async Task FinishAsync()
    {
        await _flushing.ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
        _file.Dispose();
        _isFinished = true;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_isFinished)
            File.Delete(path);
    }

    private Task FlushAsync() => Task.Run(() => RandomAccess.FlushToDisk(_file));
}
