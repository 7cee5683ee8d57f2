using Plumbline.Inference.Routing;

namespace Plumbline.Server.Generations;

/// <summary>
/// What answers requests at one time: stable and candidates, and how they share the traffic. Who uses it enters before and leaves after; once it is retired nobody enters any more, and with
/// the last one who leaves its hold on the generations ends. Thread-safe.
/// </summary>
internal sealed class ServingSet
{
    private readonly Generation[] _generations;
    private readonly TrafficRouter _router;
    private int _users;
    private int _isFreed;
    private volatile bool _isRetired;

    /// <param name="stable">Held on behalf of this set; so are the candidates.</param>
    public ServingSet(long revision, TrafficPlan plan, Generation stable, IReadOnlyList<(Generation Generation, double Share)> candidates)
    {
        (Revision, Plan) = (revision, plan);
        _generations = [stable, .. candidates.Select(candidate => candidate.Generation)];
        var rest = Math.Max(0, 1 - candidates.Sum(candidate => candidate.Share));
        Shares = [rest, .. candidates.Select(candidate => candidate.Share)];
        _router = new TrafficRouter(plan.Salt, [.. _generations.Zip(Shares, (generation, share) => (generation.Model.Predictor.Digest, share))]);
    }

    /// <summary>Of the plan; 0 where there is none.</summary>
    public long Revision { get; }

    public TrafficPlan Plan { get; }

    public Generation Stable => _generations[0];

    /// <summary>Stable, then the candidates.</summary>
    public IReadOnlyList<Generation> Generations => _generations;

    /// <summary>Of each generation.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>Whether it matters by what a request is routed.</summary>
    public bool IsSplit => _generations.Length > 1;

    /// <param name="unit">UTF-8.</param>
    public Generation Choose(ReadOnlySpan<byte> unit) => _generations[_router.Choose(unit)];

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
        foreach (var generation in _generations)
            generation.Release();
    }
}
