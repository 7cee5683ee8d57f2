using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Pipelines.Runs;
using Plumbline.Statistics;

namespace Plumbline.Pipelines.Retraining;

/// <summary>One retraining and all that is told of it: docs/specs/retraining.md. Immutable.</summary>
/// <param name="Why">What asked for it, with values.</param>
/// <param name="RequestedBy">Who, or <see cref="RetrainingStore.Actor"/>.</param>
public sealed record RetrainingCycle(string Id, string Model, CycleState State, TriggerKind Trigger, IReadOnlyList<string> Why, string RequestedBy, DateTimeOffset Created)
{
    /// <summary>The version in use when it began, such as <c>reviews/3</c>; null where there was none.</summary>
    public string? Champion { get; init; }

    /// <summary>Null where nobody was asked.</summary>
    public CycleApproval? Approval { get; init; }

    /// <summary>The run of the pipeline <c>training</c>.</summary>
    public string? Run { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public CycleData? Data { get; init; }

    /// <summary>Families that competed.</summary>
    public IReadOnlyList<TriedFamily> Tried { get; init; } = [];

    /// <summary>Family of the challenger.</summary>
    public string? Chosen { get; init; }

    /// <summary>The version that was registered.</summary>
    public string? Challenger { get; init; }

    public CycleComparison? Comparison { get; init; }

    public IReadOnlyList<string> GateFailures { get; init; } = [];

    public string? Rollout { get; init; }

    public string? RolloutWords { get; init; }

    /// <summary>The champion by feedback.</summary>
    public LiveScores? Before { get; init; }

    /// <summary>Likewise the challenger.</summary>
    public LiveScores? After { get; init; }

    /// <summary>How it ended, in one sentence.</summary>
    public string? Outcome { get; init; }

    /// <summary>W3C's <c>traceparent</c> of what began it; null where that was not traced.</summary>
    public string? TraceParent { get; init; }

    [JsonIgnore]
    public bool IsOpen => State <= CycleState.Running;

    /// <summary>On one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RetrainingJson.Default.RetrainingCycle);

    internal static RetrainingCycle Parse(string json) => JsonSerializer.Deserialize(json, RetrainingJson.Default.RetrainingCycle)!;
}

/// <summary>How a cycle stands; those from <see cref="Promoted"/> on have ended.</summary>
public enum CycleState
{
    Proposed,
    Approved,
    Running,
    Promoted,
    RolledBack,
    Refused,
    Failed,
    Rejected,
    Expired,
}

/// <param name="By">Who.</param>
public sealed record CycleApproval(string By, DateTimeOffset At, string Reason);

/// <param name="Snapshot">What the challenger was trained on.</param>
/// <param name="Before">What the champion was; null where that is not known.</param>
/// <param name="Labelled">Rows of the labelled window in it.</param>
/// <param name="HeldOut">Rows that neither was trained on.</param>
/// <param name="Basis">Snapshot of the rows beside these.</param>
public sealed record CycleData(string Snapshot, long Rows, string? Before, long Labelled, long HeldOut, string? Basis);

/// <param name="MacroF1">Of its best trial; null where none is complete.</param>
public sealed record TriedFamily(string Family, int Trials, double? MacroF1);

/// <summary>Both on the rows held out; the difference is the challenger's less the champion's, with its 95 % interval.</summary>
public sealed record CycleComparison(double ChampionMacroF1, double ChallengerMacroF1, double Difference, double Low, double High);

/// <summary>Answers of a version whose true labels are known.</summary>
public sealed record LiveScores(string Version, long Labels, double MacroF1);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WordConverter<CycleState>), typeof(WordConverter<TriggerKind>), typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(RetrainingCycle))]
internal sealed partial class RetrainingJson : JsonSerializerContext
{
    private sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
        where T : struct, Enum;
}
