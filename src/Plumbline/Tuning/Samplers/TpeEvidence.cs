using System.Runtime.InteropServices;

namespace Plumbline.Tuning.Samplers;

/// <summary>The trials told that have the parameters of one group, in the order of telling and by rank.</summary>
internal sealed class TpeEvidence(int objectives)
{
    private const double GoodShare = 0.15;
    private const int MostGood = 25;

    private readonly List<Observation> _told = [];
    private readonly List<Observation> _ranked = [];

    public void Add(Observation observation)
    {
        _told.Add(observation);
        if (objectives > 1)
        {
            _ranked.Clear();
            return;
        }
        _ranked.Insert(~_ranked.BinarySearch(observation), observation);
    }

    /// <summary>Places of the good trials and of the others, each in the order of telling; those that run beside are among the others, the last (constant liar).</summary>
    public (double[][] Good, double[][] Others) Split(ReadOnlySpan<double[]> running)
    {
        if (_ranked.Count < _told.Count)
            _ranked.AddRange(ParetoOrder.Of(_told));
        var most = Math.Min((int)Math.Ceiling(GoodShare * _told.Count), MostGood);
        var best = CollectionsMarshal.AsSpan(_ranked)[..most].ToArray();
        var usable = Array.FindLastIndex(best, observation => observation.State != TrialState.Failed) + 1;
        Array.Resize(ref best, usable);
        Array.Sort(best, static (a, b) => a.Order.CompareTo(b.Order));
        var (good, others) = (new double[usable][], new double[_told.Count - usable + running.Length][]);
        var (g, o) = (0, 0);
        foreach (var observation in CollectionsMarshal.AsSpan(_told))
        {
            if (g < usable && ReferenceEquals(best[g], observation))
                good[g++] = observation.Units;
            else
                others[o++] = observation.Units;
        }
        running.CopyTo(others.AsSpan(o));
        return (good, others);
    }
}
