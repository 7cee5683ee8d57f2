using Plumbline.Features.Online;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Predictions;

/// <summary>Whether the feature store answers, as predictions find it, and a question every few seconds where nobody predicts. Shared by models. Thread-safe.</summary>
internal sealed class StoreReach(ILogger log) : IAsyncDisposable
{
    private const int Answers = -1;

    private Probing? _probing;
    private int _error = Answers;

    public bool IsUp => Volatile.Read(ref _error) == Answers;

    /// <summary>Begins to ask a store that may be away.</summary>
    public void Watch(IFeatureStore store, TimeProvider time)
    {
        // Of no entity: only whether there is an answer matters.
        var nobody = new EntityLookup();
        _probing = new Probing(
            async stop =>
            {
                try
                {
                    await store.LookUpAsync(nobody, stop);
                    Tell(null);
                }
                catch (FeatureStoreException exception)
                {
                    Tell(exception);
                }
            },
            time);
    }

    /// <summary>What the last who asked found. Logged once when a fault comes, or becomes one of another kind: an outage must not write a line a request.</summary>
    public void Tell(FeatureStoreException? fault)
    {
        var error = fault is null ? Answers : (int)fault.Error;
        if (Volatile.Read(ref _error) != error && Interlocked.Exchange(ref _error, error) != error && fault is not null)
            ServerLog.StoreFailed(log, fault.Message);
    }

    public ValueTask DisposeAsync() => _probing?.DisposeAsync() ?? ValueTask.CompletedTask;
}
