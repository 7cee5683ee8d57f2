namespace Plumbline.Datasets;

/// <summary>What decides on which side of the split a record stands.</summary>
public enum SplitBy
{
    /// <summary>The split column where there is one, otherwise stratified.</summary>
    Auto,
    Column,
    Stratified,
    Time,
    User,
    Item,
}

/// <summary>Which texts always stand on one side where the split is made by texts.</summary>
public enum SplitTogether
{
    /// <summary>Those equal byte for byte.</summary>
    Exact,

    /// <summary>Those equal but for case, white space and punctuation, too.</summary>
    Normalised,

    /// <summary>Near-duplicates, too.</summary>
    Near,
}

/// <summary>How records are split; docs/specs/snapshot.md has the rules.</summary>
public sealed record SplitOptions
{
    public SplitBy By { get; init; } = SplitBy.Auto;

    public ulong Seed { get; init; }

    /// <summary>Heeded where the split is stratified, or carved from the train of a split column.</summary>
    public SplitTogether Together { get; init; } = SplitTogether.Exact;

    /// <summary>Share of records, in [0, 1), that become valid where the split is made here.</summary>
    public double ValidShare { get; init; } = 0.15;

    /// <summary>Share of records, in [0, 1), that become test where the split is made here, or the source's split column has no test.</summary>
    public double TestShare { get; init; } = 0.15;

    /// <summary>Share of train, in [0, 1), that becomes valid where the source's split column has no valid.</summary>
    public double CarvedValidShare { get; init; } = 0.10;

    /// <summary>First time of valid when splitting by time; with <see cref="TestFrom"/> it holds whatever is added, where shares would move. Null: by share.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>First time of test when splitting by time; not before <see cref="ValidFrom"/>.</summary>
    public DateTimeOffset? TestFrom { get; init; }
}
