using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>
/// Finds the aggregates of a feature contract at prediction: looks entities up and turns their states into values by the function that training
/// used. Thread-safe.
/// </summary>
public sealed class OnlineFeatures
{
    private readonly (EntityFeature Feature, float Default)[] _wanted;

    /// <param name="store">Null where there is none: nothing is known then. Not owned.</param>
    /// <param name="defaults">By name: what stands for the value of an entity that is not known; missing where there is none.</param>
    public OnlineFeatures(FeatureContract contract, IFeatureStore? store, IReadOnlyDictionary<string, double> defaults)
    {
        Store = store;
        Names = contract.Options.Numeric.Aggregates;
        _wanted = [.. Names.Select(name => (
            EntityFeature.TryParse(name, out var feature) ? feature : throw new ArgumentException($"'{name}' is no aggregate."),
            defaults.TryGetValue(name, out var value) ? (float)value : float.NaN))];
    }

    public IFeatureStore? Store { get; }

    /// <summary>Aggregates in contract order.</summary>
    public IReadOnlyList<string> Names { get; }

    public EntityFeature Feature(int aggregate) => _wanted[aggregate].Feature;

    /// <summary>Fills in the values of <paramref name="batch"/>. A store that cannot be asked is no error: its entities are unavailable then.</summary>
    /// <returns>Why the store could not be asked; null if it was.</returns>
    public async ValueTask<FeatureStoreException?> FetchAsync(AggregateBatch batch, CancellationToken cancellation = default)
    {
        batch.Width = _wanted.Length;
        var isAnswered = Store is not null;
        FeatureStoreException? failure = null;
        if (Store is not null && batch.Lookup.Count > 0)
        {
            try
            {
                await Store.LookUpAsync(batch.Lookup, cancellation).ConfigureAwait(false);
            }
            catch (FeatureStoreException exception)
            {
                (isAnswered, failure) = (false, exception);
            }
        }
        Fill(batch, isAnswered);
        batch.IsFetched = true;
        return failure;
    }

    /// <summary>What the model gets for an aggregate of a record that was fetched, and what <paramref name="batch"/> has from now on.</summary>
    /// <param name="sent">By the client; not finite where it sent none. Who has no feature store may compute aggregates himself: it stands where the store does not find the entity.</param>
    public float Settle(AggregateBatch batch, int record, int aggregate, float sent)
    {
        if (batch.Outcome(record, Feature(aggregate).Kind) != EntityOutcome.Found && float.IsFinite(sent))
            batch.Target(record)[aggregate] = sent;
        return batch.Values(record)[aggregate];
    }

    private void Fill(AggregateBatch batch, bool isAnswered)
    {
        Span<double> values = stackalloc double[2 * EntityState.ValueCount];
        for (var item = 0; item < batch.Count; item++)
        {
            for (var kind = EntityKind.User; kind <= EntityKind.Item; kind++)
            {
                var entity = batch.EntityOf(item, kind);
                var outcome = entity < 0 ? EntityOutcome.NotSent
                    : !isAnswered ? EntityOutcome.Unavailable
                    : batch.Lookup.IsFound(entity) ? EntityOutcome.Found
                    : EntityOutcome.Unknown;
                batch.SetOutcome(item, kind, outcome);
                if (outcome is EntityOutcome.Found or EntityOutcome.Unknown)
                    EntityState.Finalise(batch.Lookup.State(entity), batch.TimeOf(item), values[((int)kind * EntityState.ValueCount)..]);
            }
            var target = batch.Target(item);
            for (var i = 0; i < _wanted.Length; i++)
                target[i] = Value(_wanted[i].Feature, _wanted[i].Default, batch, item, values);
        }
    }

    private static float Value(EntityFeature feature, float otherwise, AggregateBatch batch, int item, ReadOnlySpan<double> finalised)
    {
        var value = (float)finalised[((int)feature.Kind * EntityState.ValueCount) + (int)feature.Aggregate];
        return batch.Outcome(item, feature.Kind) switch
        {
            // As in training, where a record without entity has no values.
            EntityOutcome.NotSent => float.NaN,
            EntityOutcome.Found => value,
            // Nothing was ever written by or about it, and that is known: the count is a true 0.
            EntityOutcome.Unknown when feature.Aggregate == EntityAggregate.ReviewCount && batch.Lookup.IsComplete => value,
            _ => otherwise,
        };
    }
}
