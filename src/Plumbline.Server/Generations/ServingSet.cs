using Plumbline.Inference.Routing;

namespace Plumbline.Server.Generations;

/// <summary>
/// What answers requests at one time: stable, candidates and shadows, and how they share the traffic. Who uses it enters before and leaves after; once it is retired nobody enters any more, and
/// with the last one who leaves its hold on the generations ends. Thread-safe.
/// </summary>
internal sealed class ServingSet
{
    private readonly ServedArm[] _arms;
    private readonly TrafficRouter _router;
    private int _users;
    private int _isFreed;
    private volatile bool _isRetired;

    /// <param name="arms">Stable, then the candidates, each held on behalf of this set; so are the shadows.</param>
    public ServingSet(long revision, TrafficPlan plan, IReadOnlyList<ServedArm> arms, IReadOnlyList<ServedArm> shadows)
    {
        (Revision, Plan, _arms, Shadows) = (revision, plan, [.. arms], shadows);
        _router = new TrafficRouter(plan.Salt, [.. arms.Select(arm => (arm.Generation.Model.Predictor.Digest, arm.Share))]);
    }

    /// <summary>Of the plan; 0 where there is none.</summary>
    public long Revision { get; }

    public TrafficPlan Plan { get; }

    public ServedArm Stable => _arms[0];

    /// <summary>Stable, then the candidates.</summary>
    public IReadOnlyList<ServedArm> Arms => _arms;

    public IReadOnlyList<ServedArm> Shadows { get; }

    public IEnumerable<Generation> Generations => _arms.Concat(Shadows).Select(arm => arm.Generation);

    /// <summary>Whether it matters by what a request is routed.</summary>
    public bool IsSplit => _arms.Length > 1;

    /// <param name="unit">UTF-8.</param>
    /// <param name="hash">Of the unit.</param>
    public ServedArm Choose(ReadOnlySpan<byte> unit, out ulong hash)
    {
        hash = _router.Hash(unit);
        return _arms[_router.Choose(hash)];
    }

    /// <returns>False if it is retired: take the one that came after it.</returns>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _users);
        if (!_isRetired)
            return true;
        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0 && _isRetired)
            Free();
    }

    /// <summary>Once no new request can find it.</summary>
    public void Retire()
    {
        // In an order with TryEnter's: either it sees this, or this sees its user.
        _isRetired = true;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _users) == 0)
            Free();
    }

    private void Free()
    {
        if (Interlocked.Exchange(ref _isFreed, 1) != 0)
            return;
        foreach (var generation in Generations)
            generation.Release();
    }
}
