using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Server.Hosting;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Retraining;

/// <summary>Looks after the retraining of the model that is served, beside other servers and workers; predictions do not depend on it. Thread-safe.</summary>
internal sealed class RetrainingRunner : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly RetrainingOptions _options;
    private readonly DeferredStore _store;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Task _running;

    public RetrainingRunner(RetrainingOptions options, ILogger log, TimeProvider time)
    {
        (_options, _store, _log, _time) = (options, new DeferredStore(options.Open), log, time);
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var store = await _store.OpenAsync(_stop.Token);
                var holder = $"server of {Environment.MachineName}, process {Environment.ProcessId}";
                await new RetrainingMonitor(_options.Plan, new PipelineStore(store, _time), holder) { Failed = fault => ServerLog.RetrainingWaits(_log, fault) }.RunAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (MetadataException exception)
            {
                ServerLog.RetrainingWaits(_log, exception.Message);
                await Task.Delay(Pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
