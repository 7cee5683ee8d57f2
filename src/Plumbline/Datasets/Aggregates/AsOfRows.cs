namespace Plumbline.Datasets.Aggregates;

/// <summary>What aggregates are computed from, one element a row. A span that is empty says that no row has such a value.</summary>
internal readonly ref struct AsOfRows
{
    /// <summary>Microseconds since 1970 UTC; <see cref="EntityState.NoTime"/> is none. Defines the number of rows.</summary>
    public required ReadOnlySpan<long> Times { get; init; }

    /// <summary>Length of each text in characters.</summary>
    public required ReadOnlySpan<int> Characters { get; init; }

    /// <summary>Number of the user, dense from 0; -1 is none.</summary>
    public ReadOnlySpan<int> Users { get; init; }

    /// <summary>Number of the item, dense from 0; -1 is none.</summary>
    public ReadOnlySpan<int> Items { get; init; }

    /// <summary>Label values in millionths; <see cref="LabelValue.None"/> is none.</summary>
    public ReadOnlySpan<long> Labels { get; init; }

    /// <summary>
    /// When the label became known; <see cref="EntityState.NoTime"/> is never. Empty: with the record. A time before that of the record counts as that
    /// of the record, so that no record sees its own label.
    /// </summary>
    public ReadOnlySpan<long> LabelTimes { get; init; }

    public int Count => Times.Length;

    /// <exception cref="ArgumentException">Spans differ in length.</exception>
    public void Validate()
    {
        Check(Characters.Length, nameof(Characters));
        CheckOptional(Users.Length, nameof(Users));
        CheckOptional(Items.Length, nameof(Items));
        CheckOptional(Labels.Length, nameof(Labels));
        CheckOptional(LabelTimes.Length, nameof(LabelTimes));
    }

    private void CheckOptional(int length, string name)
    {
        if (length != 0)
            Check(length, name);
    }

    private void Check(int length, string name)
    {
        if (length != Count)
            throw new ArgumentException($"{name} has {length} rows, {nameof(Times)} {Count}.");
    }
}
