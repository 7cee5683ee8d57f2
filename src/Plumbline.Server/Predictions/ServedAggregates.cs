using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>
/// Where a model's aggregates come from, and where they are recorded, both of which it shares with other models. What anybody may ask says no more than that something is wrong; addresses and paths are for the log.
/// Thread-safe.
/// </summary>
/// <param name="reach">Of the store.</param>
/// <param name="storeFault">Why the store that was named is not there.</param>
internal sealed class ServedAggregates(OnlineFeatures online, StoreReach reach, ServedFeatureLog? record, string? storeFault, ILogger log)
{
    private string? _eventFault;
    private string? _storeFault;

    public OnlineFeatures Online => online;

    /// <summary>Served features that are not kept.</summary>
    public long Unrecorded => record?.Dropped ?? 0;

    /// <summary>Whether predictions have the store.</summary>
    public bool IsUp => online.Store is not null && reach.IsUp;

    /// <summary>What predictions do without, or soon will.</summary>
    public IEnumerable<string> Warnings()
    {
        if (online.Store is null)
            yield return storeFault is null ? "the model has aggregates, and there is no feature store: set features.store" : "the feature store cannot be opened; the log says why";
        else if (!IsUp)
            yield return "the feature store does not answer, and predictions do without it; the log says why";
        if (online.Store?.Fault is not null)
            yield return "the feature store cannot write its states, and its log grows; the log of the server says why";
    }

    public async ValueTask FetchAsync(AggregateBatch batch, CancellationToken cancellation)
    {
        var failure = await online.FetchAsync(batch, cancellation);
        // Who asked for nobody has learnt nothing of the store.
        if (batch.NamesEntities)
            reach.Tell(failure);
    }

    /// <exception cref="FeatureStoreException">As of the store, which must be there.</exception>
    public async Task<EventCounts> ApplyAsync(IReadOnlyList<EntityEvent> events, CancellationToken cancellation)
    {
        try
        {
            var counts = await online.Store!.ApplyAsync(events, cancellation);
            Tell(ref _eventFault, null);
            Tell(ref _storeFault, online.Store.Fault);
            return counts;
        }
        catch (FeatureStoreException exception)
        {
            Tell(ref _eventFault, exception.Message);
            throw;
        }
    }

    /// <summary>Takes what was served, to be written off the way of the request.</summary>
    public void Record(string version, string requestId, PredictionAnswer answer, AggregateBatch batch)
    {
        if (record is null)
            return;
        for (var item = 0; item < batch.Count; item++)
        {
            var values = new Dictionary<string, float?>(online.Names.Count, StringComparer.Ordinal);
            for (var i = 0; i < online.Names.Count; i++)
                values[online.Names[i]] = float.IsNaN(batch.Values(item)[i]) ? null : batch.Values(item)[i];
            record.Record(new ServedFeatures(
                answer.Id(item), requestId, version, Name(batch.Id(item, EntityKind.User)), Name(batch.Id(item, EntityKind.Item)), batch.TimeOf(item), values,
                batch.Outcome(item, EntityKind.User), batch.Outcome(item, EntityKind.Item)));
        }
    }

    private static string? Name(ReadOnlySpan<byte> id) => id.IsEmpty ? null : Encoding.UTF8.GetString(id);

    /// <summary>Once when a fault comes or changes: an outage must not write a line a request.</summary>
    private void Tell(ref string? last, string? fault)
    {
        if (Volatile.Read(ref last) != fault && Interlocked.Exchange(ref last, fault) != fault && fault is not null)
            ServerLog.StoreFailed(log, fault);
    }
}
