using System.Threading.Channels;
using Plumbline.Datasets.Aggregates;
using Plumbline.Storage;

namespace Plumbline.Features.Online;

/// <summary>
/// A feature store in the memory of this process, kept in a folder: all states as of one moment, and a log of what came since. Updates that wait are
/// made durable together, because a flush costs the same whatever its size.
/// </summary>
internal sealed partial class EmbeddedFeatureStore : IFeatureStore
{
    private const string StatesName = "states.bin";
    private const string LogName = "events.log";

    /// <summary>Bounds how long the first of a group waits for the last.</summary>
    private const int MostUpdatesOfAGroup = 256;

    private static readonly TimeSpan WriteStatesAgainAfter = TimeSpan.FromMinutes(1);

    private readonly string _statesPath;
    private readonly TimeProvider _time;
    private readonly long _timeToLive;
    private readonly long _mostLogBytes;
    private readonly FeatureEventLog _log;
    private readonly RememberedIds _ids;
    private readonly Dictionary<(EntityKind Kind, string Id), (byte[] Id, StoredEntity Entity)> _staged = [];
    private readonly Channel<StoreUpdate> _updates =
        Channel.CreateBounded<StoreUpdate>(new BoundedChannelOptions(4 * MostUpdatesOfAGroup) { SingleReader = true });
    private readonly Task _writer;
    private EntityTable _entities;
    private long _generation;
    private long _writeStatesAfter;
    private bool _mustWriteStates;
    private volatile string? _fault;

    private EmbeddedFeatureStore(string folder, TimeSpan? timeToLive, TimeProvider time, long mostLogBytes)
    {
        DurableFolder.Create(folder);
        _statesPath = Path.Combine(folder, StatesName);
        _time = time;
        _timeToLive = timeToLive is { } limit ? (long)limit.TotalMilliseconds : long.MaxValue;
        _mostLogBytes = mostLogBytes;
        _log = FeatureEventLog.Open(Path.Combine(folder, LogName));
        try
        {
            (_generation, _entities, _ids) = EntityStatesFile.Read(_statesPath);
            foreach (var logged in _log.Recover(_generation))
            {
                _ids.TryAdd(logged.Id, logged.Written);
                Stage(logged);
                Publish();
            }
        }
        catch
        {
            _log.Dispose();
            throw;
        }
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Bytes that a crash had left half written behind the last acknowledged update.</summary>
    public long TornBytes => _log.TornBytes;

    public string? Fault => _fault;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens the store in <paramref name="folder"/>, made if absent, as its last acknowledged update left it.</summary>
    /// <param name="mostLogBytes">Length of the log beyond which all states are written anew: updates wait for that, lookups do not.</param>
    /// <exception cref="FeatureStoreException">Damaged, or InUse by another process.</exception>
    public static EmbeddedFeatureStore Open(string folder, TimeSpan? timeToLive, TimeProvider time, long mostLogBytes = 64 << 20) =>
        new(folder, timeToLive, time, mostLogBytes);

    public ValueTask LookUpAsync(EntityLookup lookup, CancellationToken cancellation = default)
    {
        var entities = Volatile.Read(ref _entities);
        var now = _timeToLive == long.MaxValue ? 0 : Now;
        lookup.IsComplete = entities.IsComplete && _timeToLive == long.MaxValue;
        for (var i = 0; i < lookup.Count; i++)
        {
            if (entities.TryFind(lookup.Kind(i), lookup.Id(i), out var entity) && !IsExpired(entity, now))
                lookup.Set(i, entity.State);
        }
        return ValueTask.CompletedTask;
    }

    public async Task<EventCounts> ApplyAsync(IReadOnlyList<EntityEvent> events, CancellationToken cancellation = default)
    {
        foreach (var entityEvent in events)
            entityEvent.Validate();
        var update = new StoreUpdate(events, null);
        await SendAsync(update, cancellation).ConfigureAwait(false);
        return update.Counts;
    }

    public async Task<LoadCounts> LoadAsync(
        IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> states, bool replace, CancellationToken cancellation = default)
    {
        var now = Now;
        var entities = new EntityTable { IsComplete = true };
        long tooLong = 0;
        foreach (var (kind, id, state) in states)
        {
            cancellation.ThrowIfCancellationRequested();
            if (id.Length <= EntityEvent.MostIdBytes)
                entities.Set(kind, id, new StoredEntity(state, now));
            else
                tooLong++;
        }
        var counts = new LoadCounts(entities.Count, tooLong);
        await SendAsync(new StoreUpdate([], new Replacement(entities, replace)), cancellation).ConfigureAwait(false);
        return counts;
    }

    /// <summary>Finishes the updates that were accepted.</summary>
    public async ValueTask DisposeAsync()
    {
        _updates.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        _log.Dispose();
    }

    private async Task SendAsync(StoreUpdate update, CancellationToken cancellation)
    {
        try
        {
            await _updates.Writer.WriteAsync(update, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(EmbeddedFeatureStore));
        }
        await update.Done.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var group = new List<StoreUpdate>(MostUpdatesOfAGroup);
        while (await _updates.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            group.Clear();
            StoreUpdate? update = null;
            while (group.Count < MostUpdatesOfAGroup && _updates.Reader.TryRead(out update) && update.Replacement is null)
                group.Add(update);
            Attempt(group, () => Commit(group));
            group.ForEach(done => done.Complete());
            if (update?.Replacement is { } replacement)
            {
                Attempt([update], () => Replace(replacement));
                update.Complete();
            }
        }
    }

    /// <summary>Whatever fails reaches the callers; the loop must outlive it.</summary>
    private static void Attempt(IReadOnlyList<StoreUpdate> updates, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            var failure = exception is IOException or UnauthorizedAccessException
                ? new FeatureStoreException(FeatureStoreError.Unavailable, $"The feature store cannot be written: {exception.Message}", exception)
                : exception;
            foreach (var update in updates)
                update.Fail(failure);
        }
    }

    private void Commit(List<StoreUpdate> group)
    {
        var now = Now;
        if (_mustWriteStates)
            WriteStates(_entities);
        var added = new List<UInt128>();
        foreach (var update in group)
        {
            foreach (var entityEvent in update.Events)
                Take(update, LoggedEvent.Of(entityEvent, now), added);
        }
        try
        {
            _log.Commit();
        }
        catch
        {
            _staged.Clear();
            added.ForEach(_ids.Remove);
            throw;
        }
        Publish();
        if (_log.Length > _mostLogBytes && now >= _writeStatesAfter)
            ShortenLog(now);
    }

    private void Take(StoreUpdate update, LoggedEvent logged, List<UInt128> added)
    {
        if (!_ids.TryAdd(logged.Id, logged.Written))
        {
            update.Counts = update.Counts with { Repeated = update.Counts.Repeated + 1 };
            return;
        }
        try
        {
            Stage(logged);
        }
        catch (OverflowException exception)
        {
            _ids.Remove(logged.Id);
            update.Fail(new FeatureStoreException(FeatureStoreError.Overflow, "An entity's counts cannot take another event; the other events were applied.", exception));
            return;
        }
        added.Add(logged.Id);
        _log.Append(logged);
        update.Counts = update.Counts with { Applied = update.Counts.Applied + 1 };
    }

    /// <summary>The new states of an event's entities, all or none.</summary>
    private void Stage(LoggedEvent logged)
    {
        var user = Next(EntityKind.User, logged.User, logged);
        var item = Next(EntityKind.Item, logged.Item, logged);
        if (logged.User is not null)
            _staged[KeyOf(EntityKind.User, logged.User)] = (logged.User, user);
        if (logged.Item is not null)
            _staged[KeyOf(EntityKind.Item, logged.Item)] = (logged.Item, item);
    }

    private StoredEntity Next(EntityKind kind, byte[]? id, LoggedEvent logged)
    {
        if (id is null)
            return default;
        if (!_staged.TryGetValue(KeyOf(kind, id), out var staged) && _entities.TryFind(kind, id, out var stored))
        {
            if (!IsExpired(stored, logged.Written))
                staged.Entity = stored;
            else
                _entities.IsComplete = false;
        }
        var state = staged.Entity.State;
        EntityEvent.Apply(ref state, logged.Kind, logged.Value, logged.Time);
        return new StoredEntity(state, logged.Written);
    }

    private void Publish()
    {
        foreach (var (key, (id, entity)) in _staged)
            _entities.Set(key.Kind, id, entity);
        _staged.Clear();
    }

    private bool IsExpired(in StoredEntity entity, long now) => _timeToLive != long.MaxValue && now - entity.Written >= _timeToLive;

    private static (EntityKind, string) KeyOf(EntityKind kind, byte[] id) => (kind, Convert.ToHexString(id));
}
