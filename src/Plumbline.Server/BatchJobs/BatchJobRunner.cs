using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Inference.Batch;
using Plumbline.Server.Hosting;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.BatchJobs;

/// <summary>Opens the store of batch jobs when it is needed, and works at those of this server's model on threads of the least priority. Thread-safe.</summary>
internal sealed class BatchJobRunner : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>After which a job that could not be begun here is looked at again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>In which the last of this server's threads has found out that a job ended.</summary>
    private static readonly TimeSpan Counting = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly RememberedJobs _declined;
    private readonly RememberedJobs _counted;
    private readonly BatchJobOptions _options;
    private readonly DeferredStore _store;
    private readonly Func<IPredictor, OnlineFeatures?> _online;
    private readonly BatchJobMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Task _working;
    private string? _fault;

    /// <param name="model">Registered name; null where the bundle is served by its digest.</param>
    /// <param name="online">Where aggregates come from; null for a model without.</param>
    public BatchJobRunner(BatchJobOptions options, string? model, Func<IPredictor, OnlineFeatures?> online, BatchJobMetrics metrics, ILogger log, TimeProvider time)
    {
        (_options, _online, _metrics, _log, _time) = (options, online, metrics, log, time);
        (_declined, _counted) = (new RememberedJobs(Patience, time), new RememberedJobs(Counting, time));
        _store = new DeferredStore(options.Open);
        Model = model ?? "";
        Paths = new BatchPaths(options.Paths);
        _working = Task.WhenAll(Enumerable.Range(0, Paths.AllowsAny ? options.Workers : 0).Select(i => BackgroundThread.Run($"batch-{i}", Work)));
    }

    public BatchPaths Paths { get; }

    /// <summary>As jobs name it.</summary>
    public string Model { get; }

    /// <summary>Host and state folder, by which a server knows the jobs that it took itself.</summary>
    public string Host => $"{Environment.MachineName}:{_options.Home.Root}";

    /// <exception cref="MetadataException">The store does not answer.</exception>
    public async Task<BatchJobStore> OpenAsync(CancellationToken cancellation) => new(await _store.OpenAsync(cancellation), _time);

    /// <summary>Removes what is left of the parts of a job.</summary>
    public Task ClearAsync(BatchJobStore jobs, BatchJob job, CancellationToken cancellation) => WorkerOf(jobs).ClearAsync(job, cancellation);

    /// <exception cref="MetadataException">Conflict: others write to the output; the message says who.</exception>
    public Task RequireFreeAsync(BatchJobStore jobs, BatchJobDefinition job, CancellationToken cancellation) => WorkerOf(jobs).RequireFreeAsync(job, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    private BatchJobWorker WorkerOf(BatchJobStore jobs) =>
        new(jobs, _options.Locate, _online, _options.Home, _options.S3, _options.Retry, Host, _time);

    private void Work()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Task.Delay(Period, _time, _stop.Token).GetAwaiter().GetResult();
                var jobs = OpenAsync(_stop.Token).GetAwaiter().GetResult();
                foreach (var job in jobs.RunningAsync(Model, _stop.Token).GetAwaiter().GetResult().Where(job => !_declined.Contains(job.Id)))
                    Work(jobs, job);
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
                    ServerLog.BatchJobsWait(_log, exception.Message);
            }
        }
    }

    private void Work(BatchJobStore jobs, BatchJob job)
    {
        try
        {
            using var busy = _metrics.Work();
            var ended = WorkerOf(jobs).Work(job.Id, threads: 1, Paths.Check, _metrics.Progress(), _stop.Token);
            if (!_counted.Add(job.Id))
                return;
            _metrics.Ended(ended.State);
            ServerLog.BatchJobEnded(_log, job.Id, ended.State.ToString(), ended.Rows, ended.Errors);
        }
        // A job that cannot be worked at now must not keep others from being so.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Decline(jobs, job, exception);
        }
    }

    /// <summary>An input that cannot be opened where it was found can be opened nowhere; anything else may pass, or others may be able to.</summary>
    private void Decline(BatchJobStore jobs, BatchJob job, Exception cause)
    {
        ServerLog.BatchJobDeclined(_log, job.Id, cause.Message);
        _declined.Add(job.Id);
        if (job.Definition.Host == Host && cause is (DatasetException or BundleException or PathRefusedException))
            jobs.FailAsync(job.Id, cause.Message, _stop.Token).GetAwaiter().GetResult();
    }
}
