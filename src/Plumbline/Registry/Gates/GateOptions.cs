namespace Plumbline.Registry.Gates;

/// <summary>What a version must hold before it is promoted: <c>gates</c> of a <c>plumbline.yaml</c> (docs/specs/gates.md). Immutable.</summary>
public sealed record GateOptions
{
    /// <summary>Metrics that may be asked for, of test and valid: all better when greater.</summary>
    public static IReadOnlyList<string> Metrics { get; } = ["macro_f1", "weighted_f1", "accuracy", "macro_roc_auc", "macro_pr_auc"];

    /// <summary>Least value by split and name, such as <c>test.macro_f1</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> MinMetric { get; init; } = [];

    /// <summary>By how much macro-F1 on test may be less than the champion's, noise included; null: it is not asked.</summary>
    public double? ChampionMargin { get; init; }

    public IReadOnlyList<ClassFloor> ClassFloors { get; init; } = [];

    public IReadOnlyList<SliceGate> Slices { get; init; } = [];

    /// <summary>Most that the calibration error on test may be above that of a perfectly calibrated model; null: it is not asked.</summary>
    public double? MaxExcessEce { get; init; }

    /// <summary>Most microseconds of one prediction on one thread, the median.</summary>
    public double? LatencyUs { get; init; }

    /// <summary>Most megabytes (10⁶) of the bundle.</summary>
    public double? SizeMb { get; init; }

    /// <summary>Whether the champion's callers must be served without a change of theirs.</summary>
    public bool ContractCompatible { get; init; }

    /// <summary>People or roles, all of whom must have signed.</summary>
    public IReadOnlyList<string> SignedOffBy { get; init; } = [];
}

/// <summary>Least scores of a class on test.</summary>
/// <param name="Label">Null: each class.</param>
public sealed record ClassFloor(string? Label, double? Precision, double? Recall, double? F1);

/// <summary>Scores on some rows of test: those for which all conditions hold.</summary>
public sealed record SliceGate
{
    public const int FewestRows = 30;

    public required string Name { get; init; }

    /// <summary>A numeric or categorical input, or an aggregate. Alone: each value of a categorical one is a slice.</summary>
    public string? Column { get; init; }

    /// <summary>Of the categorical column.</summary>
    public string? Value { get; init; }

    /// <summary>Of the numeric column, inclusive; likewise <see cref="Max"/>.</summary>
    public double? Min { get; init; }

    public double? Max { get; init; }

    /// <summary>Unicode code points of the text, inclusive; likewise <see cref="MaxLength"/>.</summary>
    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    /// <summary>ISO 639-1, or <c>und</c> for undecided.</summary>
    public string? Language { get; init; }

    public double? MinMacroF1 { get; init; }

    /// <summary>Most that macro-F1 of all rows may be above that of these.</summary>
    public double? MaxGap { get; init; }

    /// <summary>With fewer rows nothing can be said.</summary>
    public int MinRows { get; init; } = FewestRows;
}
