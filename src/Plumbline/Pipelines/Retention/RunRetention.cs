namespace Plumbline.Pipelines.Retention;

/// <summary>Which runs stay though they ended and nothing refers to them: <c>pipelines.retention</c> of a <c>plumbline.yaml</c> (docs/specs/pipelines.md). Immutable.</summary>
public sealed record RunRetention
{
    private const double MostDays = 36_500;

    /// <summary>Of each pipeline so many that ended last; 0 or more.</summary>
    public int Keep { get; init; } = 100;

    /// <summary>Those that ended within so many days; 0 to 36,500.</summary>
    public double KeepDays { get; init; } = 30;

    /// <exception cref="ArgumentException">A value is out of its range; the message begins with its key.</exception>
    public void Validate()
    {
        if (Keep < 0)
            throw new ArgumentException(FormattableString.Invariant($"keep is {Keep}; it must be at least 0"));
        if (KeepDays is not (>= 0 and <= MostDays))
            throw new ArgumentException(FormattableString.Invariant($"keep_days is {KeepDays}; it must be within 0 and {MostDays:0}"));
    }
}
