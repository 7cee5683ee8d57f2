using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>What is known of users and items now: the online half of aggregates as of time. docs/specs/feature-store.md.</summary>
/// <remarks>
/// <para><b>Threads and processes.</b> Every member may be called from any thread at any time. An embedded store belongs to one process; any number of
/// processes may share one of Redis. No update is ever lost to another one.</para>
/// <para><b>Lookups</b> see every update that was acknowledged before they began, and may see one shortly before that. They never wait for updates.</para>
/// <para><b>Updates</b> take effect event by event, each on user and item at once. An event whose kind and id are remembered changes nothing. Ids are remembered for
/// <see cref="RememberIds"/>; an embedded store remembers at most the last million. Events may come in any order of their times.</para>
/// <para><b>Durability.</b> An update that an embedded store acknowledged survives the death of the process and of the machine; for Redis, what Redis is configured to keep.</para>
/// <para><b>Time-to-live</b> counts from the last update of an entity by the store's clock. One that is past it is as if it had never been.</para>
/// <para><b>Errors.</b> <see cref="FeatureStoreException"/>; a call that fails, or is cancelled, may have applied some of its events or go on to, and is safe to repeat.</para>
/// </remarks>
public interface IFeatureStore : IAsyncDisposable
{
    /// <summary>How long a retry of an event is known as one.</summary>
    static readonly TimeSpan RememberIds = TimeSpan.FromHours(24);

    /// <summary>What is wrong though calls are answered, and would in time be an error; null where nothing is.</summary>
    string? Fault { get; }

    /// <summary>Answers <paramref name="lookup"/> in place. An embedded store has done so when this returns.</summary>
    ValueTask LookUpAsync(EntityLookup lookup, CancellationToken cancellation = default);

    /// <summary>Applies events; completes when they are acknowledged.</summary>
    /// <exception cref="ArgumentException">An event is out of range; none was applied.</exception>
    Task<EventCounts> ApplyAsync(IReadOnlyList<EntityEvent> events, CancellationToken cancellation = default);

    /// <summary>
    /// Begins anew with the entities of a snapshot, after which the store is complete. Ids of events stay remembered. Entities whose ids are longer than
    /// <see cref="EntityEvent.MostIdBytes"/>, which nobody can ask for, are passed over. Redis takes no events meanwhile (Unavailable); a load that fails
    /// there leaves a part, which is not complete.
    /// </summary>
    /// <param name="states">Each entity once.</param>
    /// <param name="replace">Whether what the store holds may go.</param>
    /// <exception cref="FeatureStoreException">NotEmpty: it holds entities, and <paramref name="replace"/> is false. InUse: another process loads it.</exception>
    Task<LoadCounts> LoadAsync(IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> states, bool replace, CancellationToken cancellation = default);
}
