namespace Plumbline.Datasets.Profiling;

/// <summary>Repeated texts among the records of a source; docs/specs/duplicates.md. Immutable.</summary>
/// <param name="Exact">Records whose text stands before, byte for byte.</param>
/// <param name="Normalised">Records whose text stands before but for case, white space and punctuation, the exact ones included.</param>
/// <param name="Near">Records that are near-duplicates of one before, the normalised ones included; null where there were too many records to look for them unasked.</param>
/// <param name="ConflictingTexts">Different texts (normalised) that have more than one label.</param>
/// <param name="ConflictingRows">Records with such a text.</param>
/// <param name="AcrossSplits">Records of valid and test whose text (normalised) stands in train.</param>
/// <param name="NearAcrossSplits">Records of valid and test with a near-duplicate in train, those of <paramref name="AcrossSplits"/> included; null as <paramref name="Near"/> is.</param>
/// <param name="Groups">A few of the largest groups of near-duplicates, the largest first; of equal texts (normalised) where <paramref name="Near"/> is null.</param>
/// <param name="Conflicts">A few of the texts with several labels, the most frequent first.</param>
public sealed record DuplicateProfile(
    long Exact, long Normalised, long? Near, long ConflictingTexts, long ConflictingRows, long AcrossSplits, long? NearAcrossSplits,
    IReadOnlyList<DuplicateGroup> Groups, IReadOnlyList<DuplicateGroup> Conflicts);

/// <param name="Rows">Records of the group.</param>
/// <param name="Labels">Their labels with counts, the most frequent first.</param>
/// <param name="Examples">At most five of its records, in source order.</param>
public sealed record DuplicateGroup(long Rows, IReadOnlyList<ValueCount> Labels, IReadOnlyList<TextExample> Examples);
