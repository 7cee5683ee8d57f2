namespace Plumbline.Learning.Contests;

/// <summary>
/// Lets work begin, in the order of asking, as soon as its memory fits under the limit beside that of the work going on; what alone is over the limit goes on alone.
/// Thread-safe.
/// </summary>
internal sealed class MemoryGate(long bytes)
{
    private readonly Lock _lock = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Turn)> _waiting = [];
    private long _used;

    public long Bytes => bytes;

    /// <returns>Disposed, it gives the memory back.</returns>
    public async Task<IDisposable> EnterAsync(long needed, CancellationToken cancellation)
    {
        needed = Math.Clamp(needed, 0, bytes);
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue((needed, turn));
            Admit();
        }
        using (cancellation.Register(() => GiveUp(turn, cancellation)))
            await turn.Task.ConfigureAwait(false);
        return new Room(this, needed);
    }

    private void GiveUp(TaskCompletionSource turn, CancellationToken cancellation)
    {
        lock (_lock)
        {
            turn.TrySetCanceled(cancellation);
            Admit();
        }
    }

    private void Admit()
    {
        while (_waiting.TryPeek(out var next) && (next.Turn.Task.IsCompleted || next.Bytes <= bytes - _used))
        {
            _waiting.Dequeue();
            if (next.Turn.TrySetResult())
                _used += next.Bytes;
        }
    }

    private void Leave(long returned)
    {
        lock (_lock)
        {
            _used -= returned;
            Admit();
        }
    }

    private sealed class Room(MemoryGate gate, long held) : IDisposable
    {
        public void Dispose() => gate.Leave(held);
    }
}
