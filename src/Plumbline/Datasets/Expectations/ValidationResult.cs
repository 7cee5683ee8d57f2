using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Datasets.Expectations;

/// <summary>What was expected of a source, and whether it was so, in the words of Great Expectations' results; docs/specs/expectations.md. Immutable.</summary>
public sealed record ValidationResult
{
    public const int CurrentFormat = 1;

    public required int FormatVersion { get; init; }

    /// <summary>Whether every expectation of severity fail is met.</summary>
    public required bool Success { get; init; }

    public required ValidationStatistics Statistics { get; init; }

    public required ValidationMeta Meta { get; init; }

    /// <summary>In the order of the suite: declared ones first.</summary>
    public required IReadOnlyList<ExpectationResult> Results { get; init; }

    /// <summary>Those not met, of severity fail first.</summary>
    [JsonIgnore]
    public IEnumerable<ExpectationResult> Unmet => Results.Where(result => !result.Success).OrderByDescending(result => result.ExpectationConfig.Severity);

    internal ValidationSummary Summary =>
        new(Statistics.EvaluatedExpectations, Statistics.WarnedExpectations, Statistics.FailedExpectations, Statistics.SkippedExpectations, Meta.LeftOut);

    public string ToJson() => JsonSerializer.Serialize(this, ExpectationJson.Default.ValidationResult);
}

/// <param name="SuccessPercent">0 to 100; 100 where nothing was expected.</param>
/// <param name="WarnedExpectations">Not met, of severity warn.</param>
/// <param name="FailedExpectations">Not met, of severity fail.</param>
/// <param name="SkippedExpectations">Those that could not be evaluated, counted as successful.</param>
public sealed record ValidationStatistics(
    int EvaluatedExpectations, int SuccessfulExpectations, int UnsuccessfulExpectations, double SuccessPercent, int WarnedExpectations, int FailedExpectations, int SkippedExpectations)
{
    public static ValidationStatistics Of(IReadOnlyList<ExpectationResult> results)
    {
        var met = results.Count(result => result.Success);
        var failed = results.Count(result => !result.Success && result.ExpectationConfig.Severity == Severity.Fail);
        return new(
            results.Count, met, results.Count - met, results.Count == 0 ? 100 : 100.0 * met / results.Count, results.Count - met - failed, failed,
            results.Count(result => result.Skipped is not null));
    }
}

/// <param name="DataSet">Name of the data set.</param>
/// <param name="Sources">What was read, in order; rows name their file by the position here.</param>
/// <param name="Snapshot">Digest of the snapshot; null where nothing was published.</param>
/// <param name="PreviousSnapshot">Digest of the one before, if there is any.</param>
/// <param name="Rows">Records read.</param>
/// <param name="LeftOut">Of them those that are in the quarantine.</param>
public sealed record ValidationMeta(
    string DataSet, DateTimeOffset RunTime, IReadOnlyList<string> Sources, string? Snapshot, string? PreviousSnapshot, long Rows, long LeftOut, string CodeVersion);

/// <param name="Skipped">Why it could not be evaluated; null where it was.</param>
public sealed record ExpectationResult(bool Success, Expectation ExpectationConfig, Observation Result, string? Skipped = null);

/// <summary>What was seen; which of these are there depends on the kind of expectation.</summary>
public sealed record Observation
{
    /// <summary>Of a check on all records.</summary>
    public double? ObservedValue { get; init; }

    /// <summary>In words: what is missing, which is the worst, why it could not be.</summary>
    public string? Details { get; init; }

    /// <summary>Of a check on each record: records read.</summary>
    public long? ElementCount { get; init; }

    /// <summary>Of them those without a value, which are not checked.</summary>
    public long? MissingCount { get; init; }

    public long? UnexpectedCount { get; init; }

    /// <summary>Of the values present (of all, for nulls), 0 to 100.</summary>
    public double? UnexpectedPercent { get; init; }

    /// <summary>The first unexpected values, each cut to 200 characters.</summary>
    public IReadOnlyList<string>? PartialUnexpectedList { get; init; }

    /// <summary>Where they stand.</summary>
    public IReadOnlyList<SourceRow>? PartialUnexpectedIndexList { get; init; }
}

/// <param name="File">0-based, among the sources.</param>
/// <param name="Row">1-based.</param>
public sealed record SourceRow(int File, long Row);

/// <summary>What a manifest says of the expectations of its snapshot.</summary>
public sealed record ValidationSummary(int Evaluated, int Warned, int Failed, int Skipped, long LeftOut);

/// <summary>A validation that was made, and where its report is.</summary>
/// <param name="Folder">With <c>validation.json</c>, <c>validation.html</c> and, if records were left out, <c>quarantine.parquet</c>.</param>
/// <param name="Inferred">What these records would let one expect of the next; empty where they were published or could not be profiled.</param>
public sealed record Validated(ValidationResult Result, string Folder, IReadOnlyList<Expectation> Inferred)
{
    /// <summary>The report for people.</summary>
    public string Page => Path.Combine(Folder, Validation.PageFile);

    /// <summary>The records left out; null where there are none.</summary>
    public string? Quarantine => Path.Combine(Folder, Expectations.Quarantine.FileName) is var path && File.Exists(path) ? path : null;
}
