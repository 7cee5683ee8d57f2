using System.Buffers;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>A question to a feature store, and its answer: entities, and the state of each that is known. Reused, so that asking allocates nothing; not thread-safe.</summary>
public sealed class EntityLookup
{
    private readonly ArrayBufferWriter<byte> _ids = new();
    private readonly List<(EntityKind Kind, int End)> _entities = [];
    private EntityState[] _states = [];
    private bool[] _found = [];

    public int Count => _entities.Count;

    /// <summary>
    /// Whether the store holds every entity that ever was: it began with those of a snapshot and forgets none. Only then has an entity that is
    /// not found no history, rather than one that is not known.
    /// </summary>
    public bool IsComplete { get; internal set; }

    public void Clear()
    {
        _ids.ResetWrittenCount();
        _entities.Clear();
        IsComplete = false;
    }

    /// <param name="id">UTF-8; ASCII white space around it does not count, as in a snapshot.</param>
    /// <returns>By which the answer is asked for; -1 where the id is blank.</returns>
    public int Add(EntityKind kind, ReadOnlySpan<byte> id)
    {
        id = FieldCleaning.Trim(id);
        if (id.IsEmpty)
            return -1;
        _ids.Write(id);
        _entities.Add((kind, _ids.WrittenCount));
        if (_states.Length < Count)
        {
            Array.Resize(ref _states, 2 * Count);
            Array.Resize(ref _found, 2 * Count);
        }
        _found[Count - 1] = false;
        return Count - 1;
    }

    public EntityKind Kind(int entity) => _entities[entity].Kind;

    public ReadOnlySpan<byte> Id(int entity) => _ids.WrittenSpan[(entity == 0 ? 0 : _entities[entity - 1].End).._entities[entity].End];

    public bool IsFound(int entity) => _found[entity];

    /// <summary>Default where it was not found.</summary>
    public EntityState State(int entity) => _found[entity] ? _states[entity] : default;

    internal void Set(int entity, in EntityState state)
    {
        _states[entity] = state;
        _found[entity] = true;
    }
}
