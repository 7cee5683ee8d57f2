using System.Runtime.CompilerServices;
using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Storage;
using StackExchange.Redis;

namespace Plumbline.Features.Online;

/// <summary>
/// A feature store in Redis 7. States are changed here, by the code that every store shares, and put back only where nobody else changed them
/// meanwhile. All keys have one hash tag, so that a cluster keeps them in one slot and an update stays one step.
/// </summary>
internal sealed class RedisFeatureStore : IFeatureStore
{
    private const int EventsOfAStep = 64;
    private const int EntitiesOfAStep = 512;
    private const int MostAttempts = 100;

    /// <summary>
    /// KEYS: entities, ids, loading, complete. ARGV: number of entities, then before and after of each, when entities expire (0: never), and when ids do.
    /// Returns 1, 0 if others came first, -1 if the store is being loaded.
    /// </summary>
    private const string CompareAndSet = """
        if redis.call('EXISTS', KEYS[#KEYS - 1]) == 1 then return -1 end
        local entities = tonumber(ARGV[1])
        for i = 1, entities do
          if (redis.call('GET', KEYS[i]) or '') ~= ARGV[2 * i] then return 0 end
        end
        for i = entities + 1, #KEYS - 2 do
          if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
        end
        local expiry, ids = ARGV[2 * entities + 2], ARGV[2 * entities + 3]
        for i = 1, entities do
          redis.call('SET', KEYS[i], ARGV[2 * i + 1])
          if expiry ~= '0' then redis.call('PEXPIREAT', KEYS[i], expiry) end
        end
        if expiry ~= '0' then redis.call('DEL', KEYS[#KEYS]) end
        for i = entities + 1, #KEYS - 2 do
          redis.call('SET', KEYS[i], '', 'PXAT', ids)
        end
        return 1
        """;

    private static readonly TimeSpan UpdateTimeout = TimeSpan.FromSeconds(5);

    private readonly RedisConnection _connection;
    private readonly FeatureStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly string _tag;
    private readonly RedisKey _complete;
    private readonly RedisKey _loading;

    // Updates of one process would only make each other try again, and one of many could lose every time.
    private readonly SemaphoreSlim _updating = new(1);
    private RedisFeatureStore(RedisConnection connection, FeatureStoreOptions options, TimeProvider time)
    {
        _connection = connection;
        _options = options;
        _time = time;
        _tag = $"{{{options.Prefix}}}:";
        _complete = _tag + "complete";
        _loading = _tag + "loading";
    }

    public string? Fault => null;

    private IDatabase Database => _connection.Database;

    public static RedisFeatureStore Connect(FeatureStoreOptions options, TimeProvider time) => new(RedisConnection.Connect(options.Address!, options.Password, options.Tls), options, time);

    public async ValueTask LookUpAsync(EntityLookup lookup, CancellationToken cancellation = default)
    {
        var keys = new RedisKey[lookup.Count + 1];
        for (var i = 0; i < lookup.Count; i++)
            keys[i] = EntityKey(lookup.Kind(i), lookup.Id(i));
        keys[^1] = _complete;
        try
        {
            var values = await _connection.AskAsync(static (database, keys) => database.StringGetAsync(keys), keys, _options.LookupTimeout, cancellation).ConfigureAwait(false);
            for (var i = 0; i < lookup.Count; i++)
            {
                if (!values[i].IsNull)
                    lookup.Set(i, StateOf(values[i]));
            }
            lookup.IsComplete = !values[^1].IsNull && _options.TimeToLive is null;
        }
        catch (Exception exception) when (RedisConnection.IsAbsence(exception))
        {
            throw Unavailable(exception);
        }
    }

    public async Task<EventCounts> ApplyAsync(IReadOnlyList<EntityEvent> events, CancellationToken cancellation = default)
    {
        foreach (var entityEvent in events)
            entityEvent.Validate();
        var (applied, repeated) = (0, 0);
        FeatureStoreException? failure = null;
        foreach (var step in events.Chunk(EventsOfAStep))
        {
            try
            {
                var counts = await ApplyInTurnAsync(step, cancellation).ConfigureAwait(false);
                (applied, repeated) = (applied + counts.Applied, repeated + counts.Repeated);
            }
            catch (FeatureStoreException exception) when (exception.Error != FeatureStoreError.Unavailable)
            {
                // A retry would end here again, and must not keep the later events out for ever.
                if (failure is null || exception.Error == FeatureStoreError.Damaged)
                    failure = exception;
            }
            catch (Exception exception) when (RedisConnection.IsOutage(exception))
            {
                throw Unavailable(exception);
            }
        }
        return failure is null ? new EventCounts(applied, repeated) : throw failure;
    }

    public async Task<LoadCounts> LoadAsync(
        IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> states, bool replace, CancellationToken cancellation = default)
    {
        try
        {
            // Servers that are not connected are passed over below, which must not look like an empty store.
            await Database.PingAsync().WaitAsync(UpdateTimeout, cancellation).ConfigureAwait(false);
            await using var load = await RedisLoad.BeginAsync(Database, _options, _loading, _complete).ConfigureAwait(false);
            if (!replace && await HoldsAnythingAsync(cancellation).ConfigureAwait(false))
                throw new FeatureStoreException(FeatureStoreError.NotEmpty, $"{_options.Address} holds entities already. Load with --replace if they may go.");
            // First, so that no entity that is gone meanwhile passes for one that never was.
            await load.DeleteAsync([_complete]).ConfigureAwait(false);
            await foreach (var keys in EntityKeys(cancellation).Chunk(EntitiesOfAStep).ConfigureAwait(false))
                await load.DeleteAsync(keys).ConfigureAwait(false);
            var counts = new LoadCounts(0, 0);
            foreach (var step in states.Chunk(EntitiesOfAStep))
            {
                cancellation.ThrowIfCancellationRequested();
                var taken = step.Where(entity => entity.Id.Length <= EntityEvent.MostIdBytes).ToArray();
                await load.SetAsync([.. taken.Select(entity => EntityKey(entity.Kind, entity.Id))], taken.Select(entity => BytesOf(entity.State))).ConfigureAwait(false);
                counts = new LoadCounts(counts.Loaded + taken.Length, counts.TooLong + step.Length - taken.Length);
            }
            await load.EndAsync().ConfigureAwait(false);
            return counts;
        }
        catch (Exception exception) when (RedisConnection.IsOutage(exception))
        {
            throw Unavailable(exception);
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<EventCounts> ApplyInTurnAsync(EntityEvent[] events, CancellationToken cancellation)
    {
        await _updating.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await ApplyStepAsync(events, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _updating.Release();
        }
    }

    private async Task<EventCounts> ApplyStepAsync(EntityEvent[] events, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var step = new RedisUpdate(events, EntityKey, IdKey);
            step.Take(await Database.StringGetAsync(step.Keys).WaitAsync(UpdateTimeout, cancellation).ConfigureAwait(false));
            var outcome = step.Counts.Applied == 0 ? 1 : await TrySetAsync(step, cancellation).ConfigureAwait(false);
            if (outcome < 0)
                throw new FeatureStoreException(FeatureStoreError.Unavailable, $"{_options.Address} is being loaded (features load). Send the events again once that is done.");
            if (outcome > 0)
                return step.Failure is null ? step.Counts : throw step.Failure;
        }
        throw new FeatureStoreException(FeatureStoreError.Unavailable, $"{_options.Address}: others changed the same entities {MostAttempts} times meanwhile. Send the events again.");
    }

    private async Task<int> TrySetAsync(RedisUpdate step, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var expiry = _options.TimeToLive is { } timeToLive ? now + (long)timeToLive.TotalMilliseconds : 0;
        var idsUntil = now + (long)IFeatureStore.RememberIds.TotalMilliseconds;
        var (keys, values) = step.ToScript(expiry, idsUntil, _loading, _complete);
        return (int)await Database.ScriptEvaluateAsync(CompareAndSet, keys, values).WaitAsync(UpdateTimeout, cancellation).ConfigureAwait(false);
    }

    private async Task<bool> HoldsAnythingAsync(CancellationToken cancellation) =>
        await Database.KeyExistsAsync(_complete).ConfigureAwait(false) || await EntityKeys(cancellation).AnyAsync(cancellation).ConfigureAwait(false);

    private async IAsyncEnumerable<RedisKey> EntityKeys([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var server in _connection.Servers.Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            foreach (var pattern in (string[])[_tag + "user:*", _tag + "item:*"])
            {
                await foreach (var key in server.KeysAsync(pattern: pattern, pageSize: EntitiesOfAStep).WithCancellation(cancellation).ConfigureAwait(false))
                    yield return key;
            }
        }
    }

    private RedisKey EntityKey(EntityKind kind, ReadOnlySpan<byte> id) => Concat(kind == EntityKind.User ? "user:" : "item:", id);

    private RedisKey IdKey(EntityEvent entityEvent) => Concat(entityEvent.Kind == EntityEventKind.Observation ? "observation:" : "label:", Encoding.UTF8.GetBytes(entityEvent.Id));

    private RedisKey Concat(string kind, ReadOnlySpan<byte> id)
    {
        var key = new byte[Encoding.UTF8.GetByteCount(_tag) + kind.Length + id.Length];
        var length = Encoding.UTF8.GetBytes(_tag, key);
        length += Encoding.UTF8.GetBytes(kind, key.AsSpan(length));
        id.CopyTo(key.AsSpan(length));
        return key;
    }

    internal static EntityState StateOf(RedisValue value)
    {
        var bytes = (byte[])value!;
        return bytes.Length == EntityState.Size ? EntityState.Read(bytes) : throw new FeatureStoreException(
            FeatureStoreError.Damaged, $"Redis holds a state of {bytes.Length} bytes; they have {EntityState.Size}. Something else writes under this prefix: set another features.store.prefix.");
    }

    internal static byte[] BytesOf(in EntityState state)
    {
        var bytes = new byte[EntityState.Size];
        state.Write(bytes);
        return bytes;
    }

    private FeatureStoreException Unavailable(Exception exception) => new(
        FeatureStoreError.Unavailable, $"The feature store at {_options.Address} does not answer: {exception.GetType().Name}. See whether Redis runs there and this machine may reach it.", exception);
}
