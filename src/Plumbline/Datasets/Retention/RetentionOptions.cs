namespace Plumbline.Datasets.Retention;

/// <summary>Which snapshots stay though nobody refers to them.</summary>
public sealed record RetentionOptions
{
    /// <summary>Those made, or made again of the same content, within so many days; 0 or more. Also of reports about data that became no snapshot.</summary>
    public double KeepDays { get; init; } = 7;

    /// <summary>So many of the newest; 0 or more.</summary>
    public int Keep { get; init; }

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Validate()
    {
        if (KeepDays is not (>= 0 and <= 36_500))
            throw new ArgumentException(FormattableString.Invariant($"KeepDays is {KeepDays}; it must be from 0 to 36500."));
        if (Keep < 0)
            throw new ArgumentException(FormattableString.Invariant($"Keep is {Keep}; it must be 0 or more."));
    }
}
