namespace Plumbline.Datasets.Duplicates;

/// <summary>What is counted of a record because of other records with its text.</summary>
[Flags]
internal enum TextFaults : byte
{
    None = 0,

    /// <summary>Its text, normalised, stands before.</summary>
    Repeated = 1,

    /// <summary>It is a near-duplicate of one before.</summary>
    NearlyRepeated = 2,

    /// <summary>Its text, normalised, has several labels.</summary>
    Conflicting = 4,

    /// <summary>It is of valid or test, and its text, normalised, stands in train.</summary>
    Leaking = 8,

    /// <summary>It is of valid or test, and has a near-duplicate in train.</summary>
    NearlyLeaking = 16,
}
