using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Server.Hosting;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Server.Feedback;

/// <summary>Takes feedback into the metadata store, and joins it with the predictions of this host, every second, which makes quality of it. Thread-safe.</summary>
internal sealed class FeedbackIntake : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MergePeriod = TimeSpan.FromMinutes(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly FeedbackOptions? _options;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Task _joining;
    private readonly SharedArtifacts? _artifacts;
    private readonly DeferredStore? _store;
    private string? _fault;
    private long? _merged;

    /// <param name="options">Null takes none.</param>
    public FeedbackIntake(FeedbackOptions? options, ILogger log, TimeProvider time)
    {
        (_options, _log, _time) = (options, log, time);
        _artifacts = options?.Artifacts?.Invoke();
        _store = options is null ? null : new DeferredStore(options.Open);
        _joining = options is null ? Task.CompletedTask : Task.Run(JoinAsync);
    }

    public bool IsOn => _options is not null;

    /// <exception cref="MetadataException">The store does not answer, or an item cannot be.</exception>
    public async Task<FeedbackCounts> AddAsync(IReadOnlyList<FeedbackItem> items, CancellationToken cancellation) =>
        await new FeedbackStore(await _store!.OpenAsync(cancellation), _time).AddAsync(items, cancellation);

    /// <summary>What is to be known though feedback may go on.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Volatile.Read(ref _fault) is not null)
            yield return "feedback is not joined with its predictions; the log says why";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _joining;
        if (_store is not null)
            await _store.DisposeAsync();
        _artifacts?.Dispose();
        _stop.Dispose();
    }

    private FeedbackJoiner Joiner(IMetadataStore store) => new(
        new FeedbackStore(store, _time), _options!.Predictions, _options.Retention, _time,
        _artifacts is null ? null : new SharedPredictions(_artifacts, _options.Predictions, _time), _options.Patience,
        new QualityFeedback(_time).Add);

    private async Task MergeAsync()
    {
        if (_merged is { } last && _time.GetElapsedTime(last) < MergePeriod)
            return;
        _merged = _time.GetTimestamp();
        await new QualityWindows(await _store!.OpenAsync(_stop.Token), _time).MergeOldAsync(_stop.Token);
    }

    private async Task JoinAsync()
    {
        FeedbackJoiner? joiner = null;
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(Period, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                joiner ??= Joiner(await _store!.OpenAsync(_stop.Token));
                await joiner.JoinAsync(_stop.Token);
                await MergeAsync();
                Volatile.Write(ref _fault, null);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            // Whatever it is, the next second may find it mended.
            catch (Exception exception)
            {
                // Once when it comes or changes: an outage must not write a line a second.
                if (Interlocked.Exchange(ref _fault, exception.Message) != exception.Message)
                    ServerLog.FeedbackNotJoined(_log, exception.Message);
            }
        }
    }
}
