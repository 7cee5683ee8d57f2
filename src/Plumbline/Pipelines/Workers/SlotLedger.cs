using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Workers;

/// <summary>Slots of a worker's pools: free ones are offered to the queues, and those that were not taken come back. Thread-safe.</summary>
internal sealed class SlotLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _free;
    private readonly IReadOnlyDictionary<string, int> _slots;
    private readonly Dictionary<string, string> _poolOf = new(StringComparer.Ordinal);
    private bool _isClosed;

    public SlotLedger(IReadOnlyDictionary<string, int> slots, PipelineCatalogue catalogue)
    {
        (_slots, _free) = (slots, slots.ToDictionary(StringComparer.Ordinal));
        foreach (var pipeline in catalogue.All)
        {
            foreach (var pool in pipeline.Graph.Nodes.Select(node => node.Options.Pool).Distinct().Where(slots.ContainsKey))
                _poolOf[pipeline.QueueOf(pool)] = pool;
        }
    }

    /// <summary>What the worker takes tasks from.</summary>
    public IReadOnlyCollection<string> Queues => _poolOf.Keys;

    /// <summary>Slots taken, by pool.</summary>
    public IReadOnlyDictionary<string, int> Taken
    {
        get
        {
            lock (_gate)
                return _free.ToDictionary(pool => pool.Key, pool => _slots[pool.Key] - pool.Value, StringComparer.Ordinal);
        }
    }

    /// <summary>Takes all free slots out and offers them; where several queues share a pool, to all of them together.</summary>
    public IReadOnlyList<QueueOffer> Offer()
    {
        lock (_gate)
        {
            if (_isClosed)
                return [];
            QueueOffer[] offers = [.. _poolOf.Select(pair => new QueueOffer(pair.Key, pair.Value, _free[pair.Value], _slots[pair.Value])).Where(offer => offer.Free > 0)];
            foreach (var offer in offers)
                _free[offer.Pool] = 0;
            return offers;
        }
    }

    /// <summary>Gives back what was offered but for what was taken of it.</summary>
    public void Return(IReadOnlyList<QueueOffer> offers, IReadOnlyList<ClaimedTask> claimed)
    {
        lock (_gate)
        {
            foreach (var pool in offers.DistinctBy(offer => offer.Pool))
                _free[pool.Pool] += pool.Free;
            foreach (var task in claimed)
                _free[_poolOf[task.Queue]] -= task.Slots;
        }
    }

    public void Return(ClaimedTask task)
    {
        lock (_gate)
            _free[_poolOf[task.Queue]] += task.Slots;
    }

    /// <summary>Offers nothing until it is opened.</summary>
    public void Close()
    {
        lock (_gate)
            _isClosed = true;
    }

    public void Open()
    {
        lock (_gate)
            _isClosed = false;
    }
}
