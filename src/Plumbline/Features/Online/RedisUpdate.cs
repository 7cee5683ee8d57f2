using System.Text;
using Plumbline.Datasets.Aggregates;
using StackExchange.Redis;

namespace Plumbline.Features.Online;

/// <summary>A few events, the keys that they touch, and what becomes of those: read, changed, and put back if nobody else changed them meanwhile.</summary>
internal sealed class RedisUpdate
{
    public delegate RedisKey EntityKeyOf(EntityKind kind, ReadOnlySpan<byte> id);

    private readonly EntityEvent[] _events;
    private readonly (int User, int Item)[] _places;
    private readonly List<RedisKey> _entityKeys = [];
    private readonly RedisKey[] _idKeys;
    private readonly List<RedisKey> _newIds = [];
    private RedisValue[] _before = [];
    private EntityState[] _after = [];
    private bool[] _isChanged = [];

    public RedisUpdate(EntityEvent[] events, EntityKeyOf entityKey, Func<EntityEvent, RedisKey> idKey)
    {
        _events = events;
        var places = new Dictionary<(EntityKind, string), int>();
        _places = [.. events.Select(entityEvent => (Place(EntityKind.User, entityEvent.User), Place(EntityKind.Item, entityEvent.Item)))];
        _idKeys = [.. events.Select(idKey)];
        Keys = [.. _entityKeys, .. _idKeys];

        int Place(EntityKind kind, string? id)
        {
            if (id is null)
                return -1;
            if (!places.TryGetValue((kind, id), out var place))
            {
                places[(kind, id)] = place = _entityKeys.Count;
                _entityKeys.Add(entityKey(kind, Encoding.UTF8.GetBytes(id)));
            }
            return place;
        }
    }

    /// <summary>What has to be read.</summary>
    public RedisKey[] Keys { get; }

    public EventCounts Counts { get; private set; }

    /// <summary>Of the first event that could not be applied; the others are.</summary>
    public FeatureStoreException? Failure { get; private set; }

    /// <summary>Applies the events to what was read.</summary>
    /// <param name="values">Of <see cref="Keys"/>.</param>
    public void Take(RedisValue[] values)
    {
        _before = values[.._entityKeys.Count];
        _after = [.. _before.Select(value => value.IsNull ? default : RedisFeatureStore.StateOf(value))];
        _isChanged = new bool[_after.Length];
        var known = new HashSet<RedisKey>();
        var (applied, repeated) = (0, 0);
        for (var i = 0; i < _events.Length; i++)
        {
            if (!values[_entityKeys.Count + i].IsNull || !known.Add(_idKeys[i]))
            {
                repeated++;
            }
            else if (TryApply(_events[i], _places[i]))
            {
                _newIds.Add(_idKeys[i]);
                applied++;
            }
        }
        Counts = new EventCounts(applied, repeated);
    }

    public (RedisKey[] Keys, RedisValue[] Values) ToScript(long entitiesUntil, long idsUntil, RedisKey loading, RedisKey complete)
    {
        var changed = Enumerable.Range(0, _entityKeys.Count).Where(i => _isChanged[i]).ToArray();
        var values = new List<RedisValue> { changed.Length };
        foreach (var i in changed)
        {
            values.Add(_before[i].IsNull ? RedisValue.EmptyString : _before[i]);
            values.Add(RedisFeatureStore.BytesOf(_after[i]));
        }
        values.Add(entitiesUntil);
        values.Add(idsUntil);
        return ([.. changed.Select(i => _entityKeys[i]), .. _newIds, loading, complete], [.. values]);
    }

    private bool TryApply(EntityEvent entityEvent, (int User, int Item) places)
    {
        var user = places.User < 0 ? default : _after[places.User];
        var item = places.Item < 0 ? default : _after[places.Item];
        try
        {
            EntityEvent.Apply(ref user, entityEvent.Kind, entityEvent.Value, entityEvent.Time);
            EntityEvent.Apply(ref item, entityEvent.Kind, entityEvent.Value, entityEvent.Time);
        }
        catch (OverflowException exception)
        {
            Failure ??= new FeatureStoreException(FeatureStoreError.Overflow, "An entity's counts cannot take another event; the other events were applied.", exception);
            return false;
        }
        Change(places.User, user);
        Change(places.Item, item);
        return true;
    }

    private void Change(int place, in EntityState state)
    {
        if (place < 0)
            return;
        _after[place] = state;
        _isChanged[place] = true;
    }
}
