namespace Plumbline.Datasets.Drift;

/// <summary>What injected drift changes; docs/specs/drift-injection.md says how.</summary>
public enum DriftInjectionKind
{
    /// <summary>Texts grow shorter or longer.</summary>
    Length,

    /// <summary>Words give way to invented ones.</summary>
    Vocabulary,

    /// <summary>Some classes grow rare, others common.</summary>
    ClassPrior,

    /// <summary>Values of feature columns are not there.</summary>
    Missing,

    /// <summary>Texts are written in another script.</summary>
    Language,

    /// <summary>Texts like before carry another label: concept drift.</summary>
    LabelMeaning,
}

/// <summary>How the strength grows.</summary>
public enum DriftShape
{
    /// <summary>All at once, until an end if there is one.</summary>
    Sudden,

    /// <summary>Linearly up to an end, and stays.</summary>
    Gradual,

    /// <summary>Comes and goes with a period.</summary>
    Seasonal,
}

/// <summary>What the drift follows.</summary>
public enum DriftAxis
{
    /// <summary>The time of a record, in seconds since 1970-01-01T00:00:00Z.</summary>
    Time,

    /// <summary>Its position in the source: the share of records before it, 0 to 1.</summary>
    Position,
}

/// <summary>A drift to be injected into records.</summary>
public sealed record DriftInjectionOptions
{
    public required IReadOnlyList<DriftInjectionKind> Kinds { get; init; }

    /// <summary>In [0, 1]; 0 changes nothing. What it measures depends on the kind.</summary>
    public double Strength { get; init; } = 0.5;

    public DriftShape Shape { get; init; }

    public DriftAxis Axis { get; init; }

    /// <summary>First point on the axis that drifts.</summary>
    public required double From { get; init; }

    /// <summary>Where a gradual drift is complete, or another one ends; null: the end of the source.</summary>
    public double? Until { get; init; }

    /// <summary>Of a seasonal drift, in units of the axis.</summary>
    public double? Period { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Length of texts at strength 1, as a multiple of their own; in [0.01, 100], not 1.</summary>
    public double LengthFactor { get; init; } = 0.25;

    /// <summary>Equal parts of the axis for which the report counts; 1 to 1,000.</summary>
    public int Windows { get; init; } = 20;

    /// <exception cref="ArgumentException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        Require(Kinds.Count > 0, nameof(Kinds), "nothing", "one or more");
        Require(Strength is >= 0 and <= 1, nameof(Strength), Strength, "from 0 to 1");
        Require(Axis == DriftAxis.Time ? double.IsFinite(From) : From is >= 0 and <= 1, nameof(From), From, "a time, or a share of the records from 0 to 1");
        Require(Until is null || Until > From, nameof(Until), Until ?? 0, FormattableString.Invariant($"more than {nameof(From)} ({From})"));
        Require(Shape == DriftShape.Seasonal ? Period > 0 : Period is null, nameof(Period), Period?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing", "more than 0 for a seasonal drift, and left out of any other");
        Require(LengthFactor is >= 0.01 and <= 100 and not 1, nameof(LengthFactor), LengthFactor, "from 0.01 to 100, and not 1");
        Require(Windows is >= 1 and <= 1000, nameof(Windows), Windows, "from 1 to 1000");
    }

    private static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {range}."));
    }
}
