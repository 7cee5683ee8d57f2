using Plumbline.Pipelines.Runs;
using Plumbline.Storage;
using Plumbline.Tuning;

namespace Plumbline.Pipelines.Workers;

/// <summary>
/// Takes tasks of pipelines that it has the code of, as many at a time as its pools have slots, beside any number of others on one store. It works under a lease that it renews; one that died, or stood
/// still past the end of its lease, loses its attempts to others and can publish nothing of them. Thread-safe.
/// </summary>
/// <param name="home">Where logs of attempts are kept.</param>
public sealed class PipelineWorker(PipelineStore store, PipelineCatalogue catalogue, PipelineWorkerOptions options, Home home)
{
    private readonly SlotLedger _slots = new(options.Pools, catalogue);

    /// <summary>Told how attempts go, from any thread; set before it works.</summary>
    public IProgress<TaskProgress>? Progress { get; set; }

    /// <summary>Slots that there are, by pool.</summary>
    public IReadOnlyDictionary<string, int> Slots => options.Pools;

    /// <summary>Why the store is not reached; null while it is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether it holds a lease and looks for work.</summary>
    public bool IsWorking { get; private set; }

    /// <summary>Slots taken, by pool.</summary>
    public IReadOnlyDictionary<string, int> Taken => _slots.Taken;

    /// <summary>Works until it is stopped, or with <see cref="PipelineWorkerOptions.Run"/> until that run ends. What it is at when it is stopped is given back, to be begun anew by others.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="MetadataException">With <see cref="PipelineWorkerOptions.Run"/>: there is no such run, or the store does not answer. Without, it waits until the store does.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        options.Validate();
        var leases = new LeaseStore(store.Metadata, store.Time);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var held = await HeldLease.TryAcquireAsync(leases, $"pipeline-worker/{Guid.NewGuid():N}", options.Name, options.Lease, store.Time, stop).ConfigureAwait(false);
                await using (held!.ConfigureAwait(false))
                {
                    (Fault, IsWorking) = (null, true);
                    using var session = new WorkerSession(store, catalogue, options, _slots, held!, home, Progress);
                    if (await session.RunAsync(stop).ConfigureAwait(false))
                        return;
                }
            }
            catch (LeaseLostException)
            {
                // It stood still; it begins anew under another lease.
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (MetadataException exception) when (options.Run is null)
            {
                Fault = exception.Message;
                await Task.Delay(options.Look, store.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                IsWorking = false;
            }
        }
    }
}
