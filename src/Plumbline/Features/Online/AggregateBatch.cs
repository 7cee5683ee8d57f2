using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>What is known of an entity at prediction.</summary>
public enum EntityOutcome
{
    /// <summary>The client named none.</summary>
    NotSent,

    Found,

    /// <summary>The store does not know it, or no longer.</summary>
    Unknown,

    /// <summary>There is no store, or it did not answer.</summary>
    Unavailable,
}

/// <summary>Users, items and times of the records of one request, and then their aggregates. Reused, so that it allocates nothing; not thread-safe.</summary>
public sealed class AggregateBatch
{
    private readonly List<Record> _records = [];
    private float[] _values = [];
    private EntityOutcome[] _outcomes = [];

    public int Count => _records.Count;

    /// <summary>Whether values are there.</summary>
    public bool IsFetched { get; internal set; }

    internal EntityLookup Lookup { get; } = new();

    internal int Width { get; set; }

    public void Clear()
    {
        IsFetched = false;
        Lookup.Clear();
        _records.Clear();
    }

    /// <param name="user">UTF-8; blank is none.</param>
    /// <param name="item">Like <paramref name="user"/>.</param>
    /// <param name="time">As of which values are asked for, in microseconds since 1970 UTC.</param>
    public void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, long time) =>
        _records.Add(new Record(Lookup.Add(EntityKind.User, user), Lookup.Add(EntityKind.Item, item), time));

    /// <summary>Aggregates of a record in contract order, NaN where missing; after <see cref="OnlineFeatures.FetchAsync"/>.</summary>
    public ReadOnlySpan<float> Values(int record) => _values.AsSpan(record * Width, Width);

    public EntityOutcome Outcome(int record, EntityKind kind) => _outcomes[(2 * record) + (int)kind];

    /// <summary>UTF-8 id as it was looked up; empty where the client named none.</summary>
    public ReadOnlySpan<byte> Id(int record, EntityKind kind) => EntityOf(record, kind) is >= 0 and var entity ? Lookup.Id(entity) : [];

    /// <summary>Whether any record names a user or an item.</summary>
    public bool NamesEntities => Lookup.Count > 0;

    public long TimeOf(int record) => _records[record].Time;

    internal int EntityOf(int record, EntityKind kind) => kind == EntityKind.User ? _records[record].User : _records[record].Item;

    internal void SetOutcome(int record, EntityKind kind, EntityOutcome outcome)
    {
        if (_outcomes.Length < 2 * Count)
            _outcomes = new EntityOutcome[2 * Count];
        _outcomes[(2 * record) + (int)kind] = outcome;
    }

    internal Span<float> Target(int record)
    {
        if (_values.Length < Count * Width)
            _values = new float[Count * Width];
        return _values.AsSpan(record * Width, Width);
    }

    private readonly record struct Record(int User, int Item, long Time);
}
