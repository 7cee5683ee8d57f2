using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Preparation;
using Plumbline.Datasets.Profiling;

namespace Plumbline.Datasets.Expectations;

/// <summary>What expectations of repeated, contradictory and leaking texts are evaluated on.</summary>
/// <param name="Near">Null where near-duplicates were not looked for.</param>
/// <param name="NearAcrossSplits">Null as <paramref name="Near"/> is.</param>
/// <param name="Kept">Records of the snapshot, before balancing.</param>
/// <param name="Held">Of these, records of valid and test.</param>
internal readonly record struct TextCounts(
    long Normalised, long? Near, long ConflictingTexts, long ConflictingRows, long AcrossSplits, long? NearAcrossSplits, long Kept, long Held)
{
    public static TextCounts Of(DataProfile profile) => new(
        profile.Duplicates.Normalised, profile.Duplicates.Near, profile.Duplicates.ConflictingTexts, profile.Duplicates.ConflictingRows, profile.Duplicates.AcrossSplits,
        profile.Duplicates.NearAcrossSplits, profile.Labels.Sum(label => label.Rows), profile.Labels.Sum(label => label.Valid + label.Test));

    /// <summary>As the profile will have them.</summary>
    public static TextCounts Of(DuplicateFindings findings, RowFacts rows)
    {
        var (kept, held) = (0L, 0L);
        for (var record = 0; record < rows.Count; record++)
        {
            if (rows.Fates[record] is not (RowFate.Kept or RowFate.Balanced))
                continue;
            kept++;
            held += rows.Splits[record] == Split.Train ? 0 : 1;
        }
        return new TextCounts(findings.Normalised, findings.Near, findings.ConflictingTexts, findings.ConflictingRows, findings.AcrossSplits, findings.NearAcrossSplits, kept, held);
    }
}
