using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Workers;

/// <summary>An attempt that a worker is at, and why it is told to stop.</summary>
internal sealed class RunningAttempt(ClaimedTask task) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _isOver;

    public ClaimedTask Task => task;

    public CancellationToken Stopping => _stop.Token;

    /// <summary>What the attempt is once it has stopped; null while it is not told to.</summary>
    public AttemptOutcome? Why { get; private set; }

    /// <summary>Lets it run no longer than that, from now on.</summary>
    public void Limit(TimeSpan timeout, TimeProvider time) =>
        _timer = time.CreateTimer(_ => Stop(AttemptState.TimedOut, $"it took longer than {timeout:c}, its timeout"), null, timeout, Timeout.InfiniteTimeSpan);

    /// <summary>The first reason counts.</summary>
    public void Stop(AttemptState state, string reason)
    {
        lock (_gate)
        {
            if (Why is not null || _isOver)
                return;
            Why = AttemptOutcome.Ended(state, reason);
        }
        // Not under the lock: what is registered runs here.
        _stop.Cancel();
    }

    public void Dispose()
    {
        lock (_gate)
            _isOver = true;
        _timer?.Dispose();
    }
}
