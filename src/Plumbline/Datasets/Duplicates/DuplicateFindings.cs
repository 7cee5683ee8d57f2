using Plumbline.Datasets.Profiling;

namespace Plumbline.Datasets.Duplicates;

/// <summary>What was found, with records by their numbers. Immutable.</summary>
internal sealed record DuplicateFindings
{
    public required long Exact { get; init; }

    public required long Normalised { get; init; }

    /// <summary>Null where near-duplicates were not looked for.</summary>
    public required long? Near { get; init; }

    public required long ConflictingTexts { get; init; }

    public required long ConflictingRows { get; init; }

    public required long AcrossSplits { get; init; }

    /// <summary>Null where near-duplicates were not looked for.</summary>
    public required long? NearAcrossSplits { get; init; }

    public required IReadOnlyList<FoundGroup> Groups { get; init; }

    public required IReadOnlyList<FoundGroup> Conflicts { get; init; }

    /// <summary>Records whose texts <see cref="ToProfile"/> will ask for.</summary>
    public IEnumerable<int> Examples => Groups.Concat(Conflicts).SelectMany(group => group.Examples).Distinct();

    /// <param name="labels">By number.</param>
    /// <param name="exampleOf">A record by its number.</param>
    public DuplicateProfile ToProfile(IReadOnlyList<string> labels, Func<int, TextExample> exampleOf)
    {
        return new DuplicateProfile(
            Exact, Normalised, Near, ConflictingTexts, ConflictingRows, AcrossSplits, NearAcrossSplits, [.. Groups.Select(Named)], [.. Conflicts.Select(Named)]);

        DuplicateGroup Named(FoundGroup group) =>
            new(group.Rows, [.. group.Labels.Select(label => new ValueCount(labels[label.Label], label.Rows))], [.. group.Examples.Select(exampleOf)]);
    }
}

/// <param name="Labels">The most frequent first, of equally many the one that stands first in the source.</param>
/// <param name="Examples">In source order: one of each different text and label as far as there is room, then others.</param>
internal sealed record FoundGroup(int Rows, IReadOnlyList<(int Label, long Rows)> Labels, IReadOnlyList<int> Examples);
