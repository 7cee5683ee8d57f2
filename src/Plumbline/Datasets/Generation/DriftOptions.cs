namespace Plumbline.Datasets.Generation;

/// <summary>
/// A change of the world from a date on. Each strength is in [0, 1]; 0 leaves that side as it was, so that one kind
/// of drift can be injected without the others.
/// </summary>
public sealed record DriftOptions
{
    /// <summary>First day (UTC) of the change.</summary>
    public required DateOnly From { get; init; }

    /// <summary>Day on which a gradual change is complete, growing linearly from <see cref="From"/>; null for a sudden one.</summary>
    public DateOnly? Until { get; init; }

    /// <summary>Share of product words, opinions and names that new ones (new products, slang) replace.</summary>
    public double Vocabulary { get; init; }

    /// <summary>Shortens the reviews, at 1 to a quarter of their words.</summary>
    public double Length { get; init; }

    /// <summary>Turns ratings into 1: at 1, four in ten rows.</summary>
    public double ClassMix { get; init; }

    /// <summary>Share of the two-faced words ("sick", "predictable") that say the opposite of what they said before.</summary>
    public double Meaning { get; init; }

    internal void Validate()
    {
        ReviewGeneratorOptions.Require(Until is null || Until > From, nameof(Until), Until ?? From, $"after {nameof(From)} ({From:O})");
        RequireShare(nameof(Vocabulary), Vocabulary);
        RequireShare(nameof(Length), Length);
        RequireShare(nameof(ClassMix), ClassMix);
        RequireShare(nameof(Meaning), Meaning);
    }

    /// <summary>How much of the change has happened at <paramref name="time"/>, in [0, 1].</summary>
    internal double Progress(DateTime time)
    {
        var start = From.ToDateTime(TimeOnly.MinValue);
        if (time < start)
            return 0;
        return Until is { } until ? Math.Min(1, (time - start) / (until.ToDateTime(TimeOnly.MinValue) - start)) : 1;
    }

    private static void RequireShare(string name, double value) =>
        ReviewGeneratorOptions.Require(value is >= 0 and <= 1, name, value, "from 0 to 1");
}
