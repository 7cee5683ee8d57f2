namespace Plumbline.Datasets.Comparison;

/// <summary>How two snapshots differ; docs/specs/snapshot.md. A record is one row, however often a split gives it.</summary>
/// <param name="A">Digest of the first.</param>
/// <param name="B">Digest of the second.</param>
/// <param name="Classes">Of both, those of the first in their order, then those that only the second has.</param>
/// <param name="Shifts">Of the lengths of texts, then of the numeric columns that both have.</param>
public sealed record SnapshotDiff(
    string A, string B, NameDiff Columns, NameDiff Labels, SplitCounts CountsOfA, SplitCounts CountsOfB, IReadOnlyList<ClassDiff> Classes, RecordDiff Records,
    IReadOnlyList<ValueShift> Shifts);

/// <param name="Changed">Columns that are of another type.</param>
public sealed record NameDiff(IReadOnlyList<string> Added, IReadOnlyList<string> Gone, IReadOnlyList<string> Changed);

public sealed record ClassDiff(string Label, SplitCounts CountsOfA, SplitCounts CountsOfB);

/// <summary>
/// Records matched by their texts. Where a text stands n times in A and m times in B, min(n, m) of them are in both, as many of these as possible unchanged.
/// </summary>
/// <param name="Both">Records of the one that the other has, too.</param>
/// <param name="Unchanged">Of them, with the same label in the same split.</param>
/// <param name="Moved">Of them, between splits.</param>
/// <param name="Relabelled">Of them.</param>
/// <param name="Examples">A few of each kind of difference.</param>
public sealed record RecordDiff(long OnlyA, long OnlyB, long Both, long Unchanged, long Moved, long Relabelled, IReadOnlyList<RecordExample> Examples);

/// <param name="What"><c>only in A</c>, <c>only in B</c>, <c>moved</c> or <c>relabelled</c>.</param>
/// <param name="Text">Its beginning.</param>
/// <param name="InA">Split and label, such as <c>train good</c>; several where the text stands there several times; empty where it does not.</param>
public sealed record RecordExample(string What, string Text, IReadOnlyList<string> InA, IReadOnlyList<string> InB);

/// <summary>How the values of one column are distributed in both.</summary>
/// <param name="Column"><c>length</c> is characters of the text.</param>
/// <param name="KolmogorovSmirnov">Largest distance of the two empirical distribution functions, 0 to 1 (Kolmogorov 1933, Smirnov 1939); NaN where one has no values.</param>
public sealed record ValueShift(string Column, ValueSummary A, ValueSummary B, double KolmogorovSmirnov);

/// <param name="Missing">Share without a value, 0 to 1.</param>
/// <param name="Mean">NaN where there are no values, as is the median.</param>
/// <param name="StandardDeviation">Of the sample; NaN for fewer than two values.</param>
public sealed record ValueSummary(double Missing, double Mean, double StandardDeviation, double Median);
