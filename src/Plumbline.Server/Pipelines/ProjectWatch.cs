using Prometheus;

namespace Plumbline.Server.Pipelines;

/// <summary>Asks the metadata store how the project stands whenever metrics are read, but not too often; while it does not answer, what was known last is told. Thread-safe.</summary>
internal sealed class ProjectWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _looking = new(1, 1);
    private readonly WatchedProject _watched;
    private readonly StandingMetrics _metrics;
    private readonly TimeProvider _time;
    private long? _looked;

    public ProjectWatch(WatchedProject watched, CollectorRegistry registry, TimeProvider time)
    {
        (_watched, _time) = (watched, time);
        _metrics = new StandingMetrics(registry, watched.Pipelines, watched.Model, time);
        registry.AddBeforeCollectCallback(LookAsync);
    }

    public void Dispose() => _looking.Dispose();

    private async Task LookAsync(CancellationToken stop)
    {
        if (!await _looking.WaitAsync(TimeSpan.Zero, stop))
            return;
        try
        {
            if (_looked is { } last && _time.GetElapsedTime(last) < Pause)
                return;
            _looked = _time.GetTimestamp();
            using var patience = new CancellationTokenSource(Patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
            await _metrics.ReadAsync(_watched.Store, either.Token).WaitAsync(either.Token);
        }
        // Whatever it is, the worker tells what it knows of itself.
        catch (Exception) when (!stop.IsCancellationRequested)
        {
        }
        finally
        {
            _looking.Release();
        }
    }
}
