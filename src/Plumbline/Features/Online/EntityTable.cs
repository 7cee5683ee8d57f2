using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>What is kept of an entity in memory.</summary>
/// <param name="Written">Time of the last update, in milliseconds since 1970 UTC.</param>
internal readonly record struct StoredEntity(EntityState State, long Written);

/// <summary>Entities by kind and id. Reading is thread-safe, waits for nobody and allocates nothing; one thread may write meanwhile.</summary>
internal sealed class EntityTable
{
    private static readonly IdComparer Comparer = new();

    private readonly ConcurrentDictionary<byte[], StoredEntity>[] _entities;
    private readonly ConcurrentDictionary<byte[], StoredEntity>.AlternateLookup<ReadOnlySpan<byte>>[] _byBytes;

    public EntityTable()
    {
        _entities = [new(concurrencyLevel: 1, capacity: 1024, Comparer), new(concurrencyLevel: 1, capacity: 1024, Comparer)];
        _byBytes = [_entities[0].GetAlternateLookup<ReadOnlySpan<byte>>(), _entities[1].GetAlternateLookup<ReadOnlySpan<byte>>()];
    }

    /// <summary>Whether it holds every entity that ever was.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Takes all locks; for the writer.</summary>
    public long Count => (long)_entities[0].Count + _entities[1].Count;

    public IEnumerable<(EntityKind Kind, byte[] Id, StoredEntity Entity)> All =>
        _entities.SelectMany((entities, kind) => entities.Select(pair => ((EntityKind)kind, pair.Key, pair.Value)));

    public bool TryFind(EntityKind kind, ReadOnlySpan<byte> id, out StoredEntity entity) => _byBytes[(int)kind].TryGetValue(id, out entity);

    public void Set(EntityKind kind, ReadOnlySpan<byte> id, in StoredEntity entity) => _byBytes[(int)kind][id] = entity;

    public void Set(EntityKind kind, byte[] id, in StoredEntity entity) => _entities[(int)kind][id] = entity;

    public void Remove(EntityKind kind, byte[] id) => _entities[(int)kind].TryRemove(id, out _);

    private sealed class IdComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)EntityIndex.Hash(alternate);
    }
}
