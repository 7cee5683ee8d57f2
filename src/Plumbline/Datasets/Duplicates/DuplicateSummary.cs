using System.Runtime.InteropServices;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets.Duplicates;

/// <summary>Counts duplicates, conflicts and leakage, once splits are known.</summary>
internal sealed class DuplicateSummary(DuplicateFinder finder, RowFacts rows)
{
    private const int ShownGroups = 10;
    private const int ShownExamples = 5;

    public DuplicateFindings Make()
    {
        using var normalised = new RecordGroups(finder.Firsts);
        using var near = finder.FindsNear ? new RecordGroups(finder.Roots) : null;
        var conflicts = normalised.Where(IsConflict).ToArray();
        return new DuplicateFindings
        {
            Exact = normalised.Sum(RepeatedExactly),
            Normalised = normalised.Sum(Repeated),
            Near = near?.Sum(Repeated),
            ConflictingTexts = conflicts.Length,
            ConflictingRows = conflicts.Sum(group => (long)group.Count),
            AcrossSplits = normalised.Sum(Leaking),
            NearAcrossSplits = near?.Sum(Leaking),
            Groups = Largest(near ?? normalised),
            Conflicts = Largest(conflicts),
        };
    }

    /// <summary>Marks the records that <see cref="Make"/> counts.</summary>
    /// <param name="wanted">Kinds that are marked; what was not looked for is not found.</param>
    /// <param name="marks">One for each record.</param>
    public void Mark(TextFaults wanted, Span<TextFaults> marks)
    {
        using var normalised = new RecordGroups(finder.Firsts);
        foreach (var group in normalised)
            Mark(group, wanted & (TextFaults.Repeated | TextFaults.Conflicting | TextFaults.Leaking), marks);
        if (!finder.FindsNear)
            return;
        using var near = new RecordGroups(finder.Roots);
        foreach (var group in near)
            Mark(group, wanted & (TextFaults.NearlyRepeated | TextFaults.NearlyLeaking), marks);
    }

    private void Mark(RecordGroup group, TextFaults wanted, Span<TextFaults> marks)
    {
        const TextFaults Repeats = TextFaults.Repeated | TextFaults.NearlyRepeated;
        const TextFaults Leaks = TextFaults.Leaking | TextFaults.NearlyLeaking;
        var ofAll = wanted.HasFlag(TextFaults.Conflicting) && IsConflict(group) ? TextFaults.Conflicting : TextFaults.None;
        var ofHeld = (wanted & Leaks) != TextFaults.None && Leaking(group) > 0 ? wanted & Leaks : TextFaults.None;
        for (var i = 0; i < group.Count; i++)
        {
            marks[group[i]] |= ofAll;
            if (i > 0)
                marks[group[i]] |= wanted & Repeats;
            if (rows.Fates[group[i]] == RowFate.Kept && rows.Splits[group[i]] != Split.Train)
                marks[group[i]] |= ofHeld;
        }
    }

    private static long Repeated(RecordGroup group) => group.Count - 1;

    private long RepeatedExactly(RecordGroup group)
    {
        var texts = new HashSet<UInt128>();
        for (var i = 0; i < group.Count; i++)
            texts.Add(rows.Texts[group[i]].Key);
        return group.Count - texts.Count;
    }

    private bool IsConflict(RecordGroup group)
    {
        for (var i = 1; i < group.Count; i++)
            if (rows.Labels[group[i]] != rows.Labels[group[0]])
                return true;
        return false;
    }

    /// <summary>Records of valid and test in a group that has some in train; what was left out leaks nothing.</summary>
    private long Leaking(RecordGroup group)
    {
        long held = 0;
        var isTrained = false;
        for (var i = 0; i < group.Count; i++)
        {
            if (rows.Fates[group[i]] != RowFate.Kept)
                continue;
            if (rows.Splits[group[i]] == Split.Train)
                isTrained = true;
            else
                held++;
        }
        return isTrained ? held : 0;
    }

    private FoundGroup[] Largest(IEnumerable<RecordGroup> groups)
    {
        // The last in this order goes first: the smallest, of equally small ones the latest.
        var largest = new PriorityQueue<RecordGroup, (int, int)>();
        foreach (var group in groups)
        {
            largest.Enqueue(group, (group.Count, -group[0]));
            if (largest.Count > ShownGroups)
                largest.Dequeue();
        }
        var found = new FoundGroup[largest.Count];
        for (var at = found.Length - 1; at >= 0; at--)
            found[at] = Describe(largest.Dequeue());
        return found;
    }

    private FoundGroup Describe(RecordGroup group)
    {
        var counts = new Dictionary<int, long>();
        var examples = new SortedSet<int>();
        var seen = new HashSet<(UInt128, int)>();
        for (var i = 0; i < group.Count; i++)
        {
            var label = rows.Labels[group[i]];
            CollectionsMarshal.GetValueRefOrAddDefault(counts, label, out _)++;
            if (examples.Count < ShownExamples && seen.Add((rows.Texts[group[i]].Key, label)))
                examples.Add(group[i]);
        }
        for (var i = 0; i < group.Count && examples.Count < ShownExamples; i++)
            examples.Add(group[i]);
        // Sorting is stable: of equally frequent labels the one that stands first stays so.
        return new FoundGroup(group.Count, [.. counts.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value))], [.. examples]);
    }
}
