using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;

namespace Plumbline.Server.Predictions;

/// <summary>Where a model's aggregates come from, and where they are recorded. Thread-safe.</summary>
internal sealed class ServedAggregates(OnlineFeatures online, ServedFeatureLog? record, string? storeFault) : IAsyncDisposable
{
    private volatile FeatureStoreException? _failure;

    public OnlineFeatures Online => online;

    /// <summary>Served features that are not kept.</summary>
    public long Unrecorded => record?.Dropped ?? 0;

    /// <summary>Why the last predictions did without the store; null where they did not.</summary>
    public string? Fault => online.Store is null ? storeFault ?? "the model has aggregates, and there is no feature store: set features.store" : _failure?.Message;

    public async ValueTask FetchAsync(AggregateBatch batch, CancellationToken cancellation) => _failure = await online.FetchAsync(batch, cancellation);

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

    public async ValueTask DisposeAsync()
    {
        if (record is not null)
            await record.DisposeAsync();
        if (online.Store is not null)
            await online.Store.DisposeAsync();
    }

    private static string? Name(ReadOnlySpan<byte> id) => id.IsEmpty ? null : Encoding.UTF8.GetString(id);
}
