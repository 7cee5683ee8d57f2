using System.Security.Cryptography;
using System.Text;
using Plumbline.Monitoring.Alerts;
using Plumbline.Pipelines.Workers;
using Plumbline.Server.Hosting;
using Plumbline.Server.Pipelines;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Alerts;

/// <summary>
/// Tells the metadata store how requests went and what this server observes, every round; where it holds the model's lease, also holds what all observe against the rules, and delivers. Without the store it goes on counting, and tells
/// by itself that the store is gone. Thread-safe.
/// </summary>
internal sealed class AlertMonitor : IAsyncDisposable
{
    private const int LeaseRounds = 3;

    private static readonly TimeSpan LeaseReserve = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Unnoticed = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceTelling _telling = new();
    private readonly AlertMonitorOptions? _options;
    private readonly string _model;
    private readonly string _process;
    private readonly ServerMetrics _metrics;
    private readonly AlertMetrics _alertMetrics;
    private readonly StandingMetrics _standing;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly DeferredStore? _store;
    private readonly AlertDelivery? _delivery;
    private readonly StoreOutage? _outage;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Task _running;
    private AlertEvaluator? _evaluator;
    private IReadOnlyList<WaitingMessages> _waiting = [];
    private string? _fault;

    /// <param name="options">Null: there are no alerts.</param>
    /// <param name="model">Whose alerts they are.</param>
    /// <param name="pipelines">Of the project; null where there is none.</param>
    /// <param name="process">Names this process.</param>
    public AlertMonitor(AlertMonitorOptions? options, string model, PipelineCatalogue? pipelines, string process, ServerMetrics metrics, ServerState state, ILogger log, TimeProvider time)
    {
        (_options, _model, _process, _metrics, _log, _time) = (options, model, process, metrics, log, time);
        _alertMetrics = new AlertMetrics(metrics.Registry, state, time);
        _standing = new StandingMetrics(metrics.Registry, pipelines, model, time);
        _running = Task.CompletedTask;
        if (options is null)
            return;
        _store = new DeferredStore(options.Open);
        _delivery = new AlertDelivery(options.Alerts, BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(process))), time);
        _outage = new StoreOutage(model, options.Alerts, time);
        _names.UnionWith(options.Alerts.Rules.Where(rule => rule.Enabled).Select(rule => rule.Metric));
        _running = Task.Run(RunAsync);
    }

    public bool HasStore => _store is not null;

    public string Model => _model;

    /// <exception cref="MetadataException">It does not answer.</exception>
    public Task<IMetadataStore> OpenStoreAsync(CancellationToken cancellation) => _store!.OpenAsync(cancellation);

    /// <summary>What is to be known though predictions go on.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Volatile.Read(ref _fault) is not null)
            yield return "alerts are not evaluated here; the log says why";
        foreach (var messages in Volatile.Read(ref _waiting).Where(messages => _time.GetUtcNow() - messages.Since > Unnoticed))
            yield return $"{messages.Count} messages of alerts have waited for {messages.Notifier} since {messages.Since:yyyy-MM-dd'T'HH:mm:ss'Z'}, and are kept; plumbline alerts says why";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        if (_store is not null)
            await _store.DisposeAsync();
        _delivery?.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(_options!.Period, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_stop.IsCancellationRequested)
                await RoundAsync(isLast: false, _stop.Token);
        }
        using var end = new CancellationTokenSource(LongestEnd, _time);
        await RoundAsync(isLast: true, end.Token);
    }

    private async Task RoundAsync(bool isLast, CancellationToken stop)
    {
        var now = _time.GetUtcNow();
        _telling.Add(now, _metrics.Services.Take());
        try
        {
            var store = await _store!.OpenAsync(stop);
            await new ServiceWindows(store, _time).KeepAsync(_model, _process, _telling.Untold, stop).WaitAsync(stop);
            _telling.Told(now);
            await (isLast ? EndAsync(stop) : LookAsync(store, stop)).WaitAsync(stop);
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
                ServerLog.AlertsNotEvaluated(_log, exception.Message);
            if (exception is MetadataException && !isLast)
                await GoOnWithoutAsync(stop);
        }
    }

    private async Task LookAsync(IMetadataStore store, CancellationToken stop)
    {
        _evaluator ??= new AlertEvaluator(store, _model, _options!.Alerts, _time);
        var holds = await _evaluator.HoldAsync(_process, (LeaseRounds * _options!.Period) + LeaseReserve, stop);
        // Not before something was written: where there is nothing to tell, nothing was asked of the store until now.
        _alertMetrics.StoreAnswers(true);
        await _outage!.IsOverAsync(store, stop);
        await LookAtProjectAsync(store, stop);
        var observed = MetricText.Read(await CollectAsync(stop), _names).ToArray();
        await _evaluator.TellAsync(Environment.MachineName, _process, observed, stop);
        if (holds)
        {
            foreach (var fault in await _evaluator.EvaluateAsync(observed, _options.Sources, stop))
                ServerLog.NotObserved(_log, fault);
            Report(await _delivery!.SendAsync(store, _model, evenIfEarly: false, _options.Period, stop));
            await _evaluator.KeepUpAsync(_delivery, stop);
        }
        var waiting = await new AlertOutbox(store, _time).CountAsync(_model, stop);
        Volatile.Write(ref _waiting, waiting);
        _alertMetrics.Set(await new AlertStore(store, _time).ListAsync(_model, ended: 0, stop), waiting);
    }

    /// <summary>What cannot be read there keeps nothing else from being observed.</summary>
    private async Task LookAtProjectAsync(IMetadataStore store, CancellationToken stop)
    {
        try
        {
            await _standing.ReadAsync(store, stop);
        }
        catch (Exception exception) when (exception is not (MetadataException or OperationCanceledException))
        {
            ServerLog.NotObserved(_log, $"pipelines and retraining: {exception.Message}");
        }
    }

    /// <summary>Another one takes over at once.</summary>
    private Task EndAsync(CancellationToken stop) => _evaluator?.ReleaseAsync(stop) ?? Task.CompletedTask;

    private async Task GoOnWithoutAsync(CancellationToken stop)
    {
        _alertMetrics.StoreAnswers(false);
        try
        {
            Report(await _outage!.GoesOnAsync(_delivery!, stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private void Report(IReadOnlyList<DeliveryAttempt> attempts)
    {
        foreach (var attempt in attempts)
        {
            _alertMetrics.Tried(attempt);
            if (attempt.Fault is not null)
                ServerLog.AlertNotDelivered(_log, attempt.Message, attempt.Notifier, attempt.Fault);
        }
    }

    private async Task<string> CollectAsync(CancellationToken stop)
    {
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text, stop);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
