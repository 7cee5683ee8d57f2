using System.Collections.Concurrent;
using Plumbline.Monitoring;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Monitoring;

/// <summary>
/// Counts what each version is asked and answers, tells the metadata store of it every minute, and knows what one of the servers found then of all that all of them told. Without the store it goes on counting, and tells later. Thread-safe.
/// </summary>
internal sealed class DriftMonitor : IAsyncDisposable
{
    private static readonly TimeSpan MergePeriod = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<WatchedModel, bool> _watched = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly DriftOptions? _options;
    private readonly DriftTelling _telling;
    private readonly DriftMetrics _metrics;
    private readonly QualityMetrics _quality;
    private readonly SharedFindings? _findings;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Task _running;
    private readonly DeferredStore? _store;
    private long? _told;
    private long? _merged;
    private string? _fault;

    /// <param name="options">Null watches nothing.</param>
    /// <param name="process">Names this process.</param>
    public DriftMonitor(DriftOptions? options, string process, ServerMetrics metrics, ILogger log, TimeProvider time)
    {
        (_options, _telling, _metrics, _quality, _log, _time) = (options, new DriftTelling(process), new DriftMetrics(metrics.Registry), new QualityMetrics(metrics.Registry), log, time);
        _findings = options is null ? null : new SharedFindings(options, process, time);
        _store = options is null ? null : new DeferredStore(options.Open);
        _running = options is null ? Task.CompletedTask : Task.Run(RunAsync);
    }

    /// <summary>Versions that answer, or lately did.</summary>
    public IEnumerable<WatchedModel> Watched => _watched.Keys;

    /// <summary>From now on, until the model is disposed.</summary>
    public void Watch(ServedModel model)
    {
        if (_options is null)
            return;
        var watched = new WatchedModel(model.Version, model.Predictor);
        _watched[watched] = true;
        model.Drift = watched;
    }

    /// <summary>What is to be known though predictions go on.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Volatile.Read(ref _fault) is not null)
            yield return "what is known of drift is not kept, and is kept later; the log says why";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        if (_store is not null)
            await _store.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var now = _time.GetUtcNow();
            var due = DriftWindow.StartOf(now, _options!.Period) + _options.Period;
            await Task.Delay(due - now, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // A moment too late, what was counted is still that of the window that has just ended.
            if (!_stop.IsCancellationRequested)
                await TellAsync(_time.GetUtcNow() is var woken && woken - due > Moment ? woken : due, isLast: false, _stop.Token);
        }
        using var end = new CancellationTokenSource(LongestEnd, _time);
        await TellAsync(_time.GetUtcNow(), isLast: true, end.Token);
    }

    private async Task TellAsync(DateTimeOffset now, bool isLast, CancellationToken stop)
    {
        try
        {
            Count(now);
            var untold = _telling.Untold(now);
            _metrics.Lost(_telling.Lost);
            // Who has answered nobody for so long has no need of the store.
            if (untold.Count == 0 && (isLast || _told is not { } last || _time.GetElapsedTime(last) > _options!.QualitySpan))
                return;
            var windows = new DriftWindows(await _store!.OpenAsync(stop), _time);
            await windows.KeepAsync(untold, stop).WaitAsync(stop);
            _telling.Told(now);
            if (untold.Count > 0)
                _told = _time.GetTimestamp();
            if (isLast)
                return;
            await FindAsync(now, stop);
            await MergeAsync(windows, stop);
            Volatile.Write(ref _fault, null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop; the last round tells what is left.
        }
        // Whatever it is, the next round may find it mended.
        catch (Exception exception)
        {
            if (Interlocked.Exchange(ref _fault, exception.Message) != exception.Message)
                ServerLog.DriftNotKept(_log, exception.Message);
        }
    }

    private void Count(DateTimeOffset now)
    {
        foreach (var watched in _watched.Keys)
        {
            var isGone = watched.IsGone;
            _telling.Add(watched.Version, now, watched.Recorder.Take());
            if (isGone && _watched.TryRemove(watched, out _))
            {
                _metrics.Forget(watched.Version);
                _quality.Forget(watched.Version);
            }
        }
    }

    private async Task FindAsync(DateTimeOffset now, CancellationToken stop)
    {
        foreach (var watched in _watched.Keys)
        {
            if (await _findings!.FindAsync(await _store!.OpenAsync(stop), watched, now, stop) is not { } found)
                continue;
            watched.Found = found;
            _metrics.Set(found);
            _quality.Set(found);
        }
    }

    private async Task MergeAsync(DriftWindows windows, CancellationToken stop)
    {
        if (_merged is { } last && _time.GetElapsedTime(last) < MergePeriod)
            return;
        _merged = _time.GetTimestamp();
        await windows.MergeOldAsync(stop);
    }
}
