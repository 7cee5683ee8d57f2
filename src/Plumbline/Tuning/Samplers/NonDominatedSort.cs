namespace Plumbline.Tuning.Samplers;

/// <summary>The fast non-dominated sort of Deb et al. (2002): O(objectives · n²) time.</summary>
internal static class NonDominatedSort
{
    /// <summary>Whether a is nowhere above b and somewhere below it.</summary>
    public static bool Dominates(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var isBelow = false;
        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] > b[i])
                return false;
            isBelow |= a[i] < b[i];
        }
        return isBelow;
    }

    /// <summary>Indexes by front: those that none dominates, then those that only these dominate, and so on; within a front in their order.</summary>
    public static List<int[]> Fronts(IReadOnlyList<double[]> losses)
    {
        var dominators = new int[losses.Count];
        var dominated = new List<int>[losses.Count];
        for (var i = 0; i < losses.Count; i++)
            dominated[i] = [];
        for (var i = 0; i < losses.Count; i++)
        {
            for (var j = i + 1; j < losses.Count; j++)
            {
                if (Dominates(losses[i], losses[j]))
                    Note(i, j);
                else if (Dominates(losses[j], losses[i]))
                    Note(j, i);
            }
        }
        var fronts = new List<int[]>();
        for (var front = Free(Enumerable.Range(0, losses.Count)); front.Length > 0; front = Next(front))
            fronts.Add(front);
        return fronts;

        void Note(int better, int worse)
        {
            dominated[better].Add(worse);
            dominators[worse]++;
        }

        int[] Free(IEnumerable<int> indexes) => [.. indexes.Where(i => dominators[i] == 0)];

        int[] Next(int[] front)
        {
            var freed = new List<int>();
            foreach (var better in front)
            {
                foreach (var worse in dominated[better])
                {
                    if (--dominators[worse] == 0)
                        freed.Add(worse);
                }
            }
            freed.Sort();
            return [.. freed];
        }
    }
}
