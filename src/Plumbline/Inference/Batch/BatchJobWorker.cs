using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Storage;
using Plumbline.Telemetry;
using Plumbline.Tuning;

namespace Plumbline.Inference.Batch;

/// <summary>Works at jobs, beside other workers. Thread-safe.</summary>
/// <param name="locate">Folder of a job's bundle, or file of its graph of ONNX.</param>
/// <param name="online">Where aggregates come from, by model; null for a model without.</param>
/// <param name="home">Where files wait that go to a store.</param>
/// <param name="s3">Where s3:// addresses lie.</param>
/// <param name="holder">Who works, for people.</param>
public sealed class BatchJobWorker(
    BatchJobStore jobs, Func<BatchJobDefinition, CancellationToken, Task<string>> locate, Func<IPredictor, OnlineFeatures?> online, Home home, S3Options s3, RetryOptions retry, string holder, TimeProvider time)
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    private readonly LeaseStore _leases = new(jobs.Metadata, time);

    /// <summary>Works at a job until it ends, by whomever. Blocks, so that the caller decides on which thread one thread's work is done.</summary>
    /// <param name="progress">Told of the rows of this worker alone.</param>
    /// <param name="check">Called before anything is read or written; throws what keeps this worker from the job.</param>
    /// <exception cref="DatasetException">The input cannot be opened here. What goes wrong later fails the job.</exception>
    /// <exception cref="BundleException">The bundle cannot be had here.</exception>
    /// <exception cref="MetadataException">The store does not answer, or has no such job.</exception>
    public BatchJob Work(string id, int threads, Action<BatchOptions>? check = null, IProgress<BatchProgress>? progress = null, CancellationToken stop = default)
    {
        while (true)
        {
            var job = jobs.GetAsync(id, stop).GetAwaiter().GetResult();
            if (job.State != BatchJobState.Running)
                return job;
            var options = job.Definition.ToOptions(s3, retry);
            check?.Invoke(options);
            using var span = Spans.Continue("batch_job.work", job.Definition.TraceParent);
            span?.SetTag("plumbline.batch_job", job.Id);
            try
            {
                using var predictor = job.Definition.Load(locate(job.Definition, stop).GetAwaiter().GetResult());
                WorkAlone(job, options, predictor, threads, progress, stop);
            }
            catch (LeaseLostException)
            {
                // Ended, or this worker slept: the next look tells which.
            }
            finally
            {
                ClearIfEnded(id);
            }
        }
    }

    /// <summary>Removes what is left of the parts of a job that ended; what another job has there by now stays.</summary>
    public async Task ClearAsync(BatchJob job, CancellationToken stop = default)
    {
        if (await jobs.FindWriterAsync(job.Definition.Output, stop).ConfigureAwait(false) is not null)
            return;
        using var place = OutputPlace.Of(job.Definition.ToOptions(s3, retry), home);
        await place.ClearAsync(OwnerOf(job.Id), time, stop).ConfigureAwait(false);
    }

    /// <summary>Looks whether <c>plumbline predict</c>, or a job of another store, is at work at the output of a job that is to be taken. In S3 that is not seen before work begins.</summary>
    /// <exception cref="MetadataException">Conflict: it is; the message says who.</exception>
    public async Task RequireFreeAsync(BatchJobDefinition definition, CancellationToken stop = default)
    {
        using var place = OutputPlace.Of(definition.ToOptions(s3, retry), home);
        if (place.FindHolder() is { } other && (other.Job is not { } job || !await jobs.IsKnownAsync(job, stop).ConfigureAwait(false)))
            throw new MetadataException(MetadataError.Conflict, $"{OutputOwner.InUse(place.Name, other).Message}.");
    }

    private OutputOwner OwnerOf(string job) => new(job, jobs.HasEndedAsync);

    /// <summary>While no other job, nor a process alone, writes to the output.</summary>
    private void WorkAlone(BatchJob job, BatchOptions options, IPredictor predictor, int threads, IProgress<BatchProgress>? progress, CancellationToken stop)
    {
        using var place = OutputPlace.Of(options, home);
        var held = place.LockAsync(OwnerOf(job.Id), time, stop).GetAwaiter().GetResult();
        try
        {
            WorkUnderLease(job, options, place, predictor, threads, progress, stop);
        }
        finally
        {
            held.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void ClearIfEnded(string id)
    {
        try
        {
            var job = jobs.GetAsync(id).GetAwaiter().GetResult();
            if (job.State is BatchJobState.Failed or BatchJobState.Cancelled)
                ClearAsync(job).GetAwaiter().GetResult();
            if (job.State != BatchJobState.Completed)
                return;
            // Who completed it removed the parts; this worker may have made their folder again. Others may use it for their own by now.
            using var place = OutputPlace.Of(job.Definition.ToOptions(s3, retry), home);
            place.RemoveEmpty();
        }
        catch (Exception exception) when (exception is MetadataException or DatasetException)
        {
            // Deleting the job does it, too; what came before is the error to tell.
        }
    }

    private void WorkUnderLease(BatchJob job, BatchOptions options, OutputPlace place, IPredictor predictor, int threads, IProgress<BatchProgress>? progress, CancellationToken stop)
    {
        var held = HeldLease.TryAcquireAsync(_leases, BatchJobLeases.OfWorker(job.Id), holder, time, stop).GetAwaiter().GetResult()!;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watching = WatchAsync(job.Id, held.Lease.Token, ended);
        BatchRun? run = null;
        try
        {
            var ledger = new JobLedger(jobs, job.Id, job.Definition.ChunkRows, held.Lease.Token);
            run = new BatchRun(
                predictor, options, new RecordInputs(predictor, online(predictor), job.Created), job.Definition.Files, place, ledger, default, time);
            run.Answer(threads, progress, ended.Token);
            AssembleAsync(job.Id, run, place, ended.Token).GetAwaiter().GetResult();
        }
        // Who slept until others had ended the job finds its parts gone, whatever he was at.
        catch (Exception exception) when (exception is not LeaseLostException && !stop.IsCancellationRequested && !IsRunningAsync(job.Id, held.Lease.Token, CancellationToken.None).GetAwaiter().GetResult())
        {
            throw new LeaseLostException($"Batch job {job.Id} ended, or the lease of this worker did.");
        }
        // What cannot be opened here may be opened elsewhere: that is the caller's to say.
        catch (Exception exception) when (exception is DatasetException or FeatureStoreException && run is { HasOpened: true })
        {
            jobs.EndAsync(job.Id, BatchJobState.Failed, exception.Message, held.Lease.Token, stop).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new LeaseLostException($"Batch job {job.Id} ended, or the lease of this worker did.");
        }
        finally
        {
            ended.Cancel();
            watching.GetAwaiter().GetResult();
            held.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private async Task AssembleAsync(string job, BatchRun run, OutputPlace place, CancellationToken stop)
    {
        var held = await HeldLease.AcquireAsync(_leases, BatchJobLeases.OfOutput(job), holder, time, cancellation: stop).ConfigureAwait(false);
        await using (held.ConfigureAwait(false))
        {
            await CheckAsync(job, held.Lease.Token, stop).ConfigureAwait(false);
            await run.AssembleAsync(token => CheckAsync(job, held.Lease.Token, token), stop).ConfigureAwait(false);
            if (await jobs.EndAsync(job, BatchJobState.Completed, null, held.Lease.Token, CancellationToken.None).ConfigureAwait(false))
                await place.ClearAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task CheckAsync(string job, long lease, CancellationToken stop)
    {
        if (!await IsRunningAsync(job, lease, stop).ConfigureAwait(false))
            throw new LeaseLostException($"Batch job {job} ended, or the lease of this worker did.");
    }

    private Task<bool> IsRunningAsync(string job, long lease, CancellationToken stop) => jobs.Metadata.ReadAsync(
        connection => LeaseStore.IsHeld(connection, lease, time.GetUtcNow())
            && connection.Scalar("SELECT 1 FROM batch_jobs WHERE job_id = @job AND state = 'running'", ("job", job)) is not null,
        stop);

    private async Task WatchAsync(string job, long lease, CancellationTokenSource ended)
    {
        try
        {
            while (await IsRunningAsync(job, lease, ended.Token).ConfigureAwait(false))
                await Task.Delay(LookAfter, time, ended.Token).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
        catch (MetadataException)
        {
            // The next change says so, too.
        }
    }
}
