namespace Plumbline.Datasets.Preparation;

/// <summary>What is done to the records of a source before they are a snapshot. The defaults change nothing.</summary>
/// <remarks>Texts themselves are never changed here: what a text becomes is the feature contract's, so that serving does the same to it.</remarks>
public sealed record PreparationOptions
{
    public LabelOptions Labels { get; init; } = new();

    /// <summary>Records whose text has fewer characters are left out.</summary>
    public int MinCharacters { get; init; }

    /// <summary>Records whose text has more characters are left out.</summary>
    public int MaxCharacters { get; init; } = int.MaxValue;

    /// <summary>Records of this time or a later one are left out, and those without a time, so that the rest is what was there then; null: none are.</summary>
    public DateTimeOffset? Before { get; init; }

    public DuplicateRule Duplicates { get; init; } = DuplicateRule.Keep;

    /// <summary>Jaccard similarity of their shingles, 0.5 to 1, from which two texts are near-duplicates.</summary>
    public double NearSimilarity { get; init; } = 0.8;

    /// <summary>
    /// Most records among which near-duplicates are looked for although <see cref="Duplicates"/> does not ask for them; of more, the profile says only what
    /// equal texts say. 0 never looks unasked.
    /// </summary>
    public int NearRecords { get; init; } = 1 << 20;

    public ConflictRule Conflicts { get; init; } = ConflictRule.Keep;

    public BalanceOptions Balance { get; init; } = new();

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (MinCharacters < 0 || MaxCharacters < Math.Max(1, MinCharacters))
            throw new ArgumentException($"min_characters {MinCharacters} and max_characters {MaxCharacters} are no range of lengths.");
        if (NearSimilarity is not (>= 0.5 and <= 1))
            throw new ArgumentException(FormattableString.Invariant($"near_similarity: {NearSimilarity} is not within 0.5 to 1."));
        ArgumentOutOfRangeException.ThrowIfNegative(NearRecords);
        Balance.Validate();
    }
}

/// <summary>Which of several records with one text stay. The first in source order does, so that adding records changes no earlier choice.</summary>
public enum DuplicateRule
{
    /// <summary>All: frequent short texts are part of the natural mix.</summary>
    Keep,

    /// <summary>One of those whose texts are equal byte for byte.</summary>
    Exact,

    /// <summary>One of those whose texts are equal but for case, white space and punctuation.</summary>
    Normalised,

    /// <summary>One of each group of near-duplicates.</summary>
    Near,
}

/// <summary>What happens to equal texts with different labels.</summary>
public enum ConflictRule
{
    Keep,

    /// <summary>All records of such a text are left out: nobody knows which label is right.</summary>
    Drop,
}

/// <summary>How label values become labels; white space at both ends is always dropped.</summary>
public sealed record LabelOptions
{
    /// <summary>Labels equal but for case and runs of white space are one, written as where it first stands.</summary>
    public bool Fold { get; init; }

    /// <summary>Label as it stands in the source → label; applied after folding.</summary>
    public IReadOnlyDictionary<string, string> Map { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels whose records are left out, as they are after mapping.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];
}

/// <summary>How the classes of train are balanced. Valid and test always keep their natural mix.</summary>
public sealed record BalanceOptions
{
    public BalanceMethod Method { get; init; } = BalanceMethod.Natural;

    /// <summary>Most records of a class in train; applied whatever the method.</summary>
    public int Cap { get; init; } = int.MaxValue;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        if (Cap < 1)
            throw new ArgumentException($"balance.cap: {Cap} is below 1.");
    }
}

public enum BalanceMethod
{
    Natural,

    /// <summary>Every class is cut to the size of the smallest.</summary>
    Undersample,

    /// <summary>Records of smaller classes are repeated until all are as large as the largest (after the cap).</summary>
    Oversample,
}
