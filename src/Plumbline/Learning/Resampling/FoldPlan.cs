using Plumbline.Datasets;

namespace Plumbline.Learning.Resampling;

/// <summary>Which fold holds out each row; docs/specs/features-and-learning.md, "Folds". Immutable and thread-safe.</summary>
internal sealed class FoldPlan
{
    private const int Never = -1;

    private readonly int[] _folds;
    private readonly bool _expands;

    private FoldPlan(int[] folds, int count, bool expands) => (_folds, Count, _expands) = (folds, count, expands);

    /// <summary>Number of folds.</summary>
    public int Count { get; }

    public int Rows => _folds.Length;

    /// <summary>Whether the model of a fold is judged on a row.</summary>
    public bool IsHeldOut(int row, int fold) => _folds[row] == fold;

    /// <summary>Whether the model of a fold is fitted on a row.</summary>
    public bool IsFittedOn(int row, int fold) => _expands ? _folds[row] < fold : _folds[row] != fold;

    /// <summary>Whether any fold holds a row out.</summary>
    public bool IsJudged(int row) => _folds[row] != Never;

    /// <summary>In the order of keys a text goes where its class has the fewest rows so far, then to the smallest fold, then to the first.</summary>
    /// <param name="keys">Of each row, random; equal texts have equal ones.</param>
    /// <exception cref="DatasetException">There are fewer texts than folds.</exception>
    public static FoldPlan Stratified(ReadOnlySpan<ulong> keys, ReadOnlySpan<int> labels, int classes, int folds)
    {
        var sorted = keys.ToArray();
        var order = new int[sorted.Length];
        for (var row = 0; row < order.Length; row++)
            order[row] = row;
        Array.Sort(sorted, order);
        var (plan, counts, sizes, texts) = (new int[sorted.Length], new int[folds * classes], new int[folds], 0);
        for (var (first, end) = (0, 0); first < order.Length; first = end, texts++)
        {
            var leader = order[first];
            for (end = first; end < order.Length && sorted[end] == sorted[first]; end++)
                leader = Math.Min(leader, order[end]);
            var best = 0;
            for (var fold = 1; fold < folds; fold++)
            {
                var (here, there) = (counts[(fold * classes) + labels[leader]], counts[(best * classes) + labels[leader]]);
                best = here < there || (here == there && sizes[fold] < sizes[best]) ? fold : best;
            }
            foreach (var row in order.AsSpan(first..end))
            {
                plan[row] = best;
                counts[(best * classes) + labels[row]]++;
            }
            sizes[best] += end - first;
        }
        return texts >= folds ? new FoldPlan(plan, folds, expands: false) : throw TooMany(folds, $"the {texts} different texts");
    }

    /// <summary>The largest group first, each goes to the smallest fold so far.</summary>
    /// <param name="groups">Of each row, 0 or more; a row of −1 is a group of its own.</param>
    /// <param name="column">Where groups come from, for the error.</param>
    /// <exception cref="DatasetException">There are fewer groups than folds.</exception>
    public static FoldPlan OfGroups(ReadOnlySpan<long> groups, int folds, string column)
    {
        var numbers = new Dictionary<long, int>();
        var (members, sizes) = (new int[groups.Length], new List<int>());
        for (var row = 0; row < groups.Length; row++)
        {
            if (groups[row] < 0 || !numbers.TryGetValue(groups[row], out var number))
            {
                number = sizes.Count;
                sizes.Add(0);
                if (groups[row] >= 0)
                    numbers.Add(groups[row], number);
            }
            members[row] = number;
            sizes[number]++;
        }
        if (sizes.Count < folds)
            throw TooMany(folds, $"the {sizes.Count} groups by {column}");
        var order = new int[sizes.Count];
        for (var number = 0; number < order.Length; number++)
            order[number] = number;
        // Of equal size the one that stands first.
        Array.Sort(sizes.Select((size, number) => (-size, number)).ToArray(), order);
        var (foldOf, totals) = (new int[order.Length], new long[folds]);
        foreach (var number in order)
        {
            var smallest = Array.IndexOf(totals, totals.Min());
            foldOf[number] = smallest;
            totals[smallest] += sizes[number];
        }
        return new FoldPlan(Array.ConvertAll(members, number => foldOf[number]), folds, expands: false);
    }

    /// <summary>
    /// Windows that expand (Bergmeir &amp; Benítez 2012): sorted by time, rows are cut into one part more than there are folds, equal times together; each part but the first is
    /// held out by the model fitted on all before it, and on rows without time.
    /// </summary>
    /// <param name="times">Of each row; <see cref="long.MinValue"/> is none.</param>
    /// <exception cref="DatasetException">A part is without rows.</exception>
    public static FoldPlan OfTimes(ReadOnlySpan<long> times, int folds)
    {
        var sorted = new List<long>();
        foreach (var time in times)
        {
            if (time != long.MinValue)
                sorted.Add(time);
        }
        sorted.Sort();
        if (sorted.Count <= folds)
            throw TooMany(folds, $"the times of {sorted.Count} rows part");
        var ends = new long[folds];
        for (var part = 1; part <= folds; part++)
            ends[part - 1] = sorted[(int)((((long)part * sorted.Count) + folds) / (folds + 1)) - 1];
        var (plan, sizes) = (new int[times.Length], new int[folds + 1]);
        for (var row = 0; row < plan.Length; row++)
        {
            var before = 0;
            while (before < folds && ends[before] < times[row])
                before++;
            plan[row] = before - 1;
            sizes[before]++;
        }
        return sizes.Contains(0) ? throw TooMany(folds, "the different times part") : new FoldPlan(plan, folds, expands: true);
    }

    private static DatasetException TooMany(int folds, string than) =>
        new($"folds: {folds} are more than {than} in train and valid. Ask for fewer (--folds), or fold another way (--fold-by).");
}
