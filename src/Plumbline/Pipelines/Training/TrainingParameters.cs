using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plumbline.Learning;
using Plumbline.Registry.Gates;

namespace Plumbline.Pipelines.Training;

/// <summary>Parameters of a run of the pipeline <c>training</c>. By default those of the project.</summary>
public sealed record TrainingParameters
{
    /// <summary>Registered name; of one model one run runs at a time.</summary>
    public required string Model { get; init; }

    public required string Experiment { get; init; }

    /// <summary>Digest of the snapshot to train on; null: the project's data are read anew.</summary>
    public string? Snapshot { get; init; }

    /// <summary>What is trained; threads are the worker's.</summary>
    public required TrainingOptions Training { get; init; }

    public GateOptions Gates { get; init; } = new();

    /// <summary>How the version comes into use (docs/specs/rollouts.md); null: the alias is pointed to it at once.</summary>
    public JsonObject? Rollout { get; init; }

    /// <summary>False registers the version and leaves it at that.</summary>
    public bool Promote { get; init; } = true;

    /// <summary>What says which version is deployed.</summary>
    public string Alias { get; init; } = "champion";

    /// <summary>Null: no retraining.</summary>
    public LabelledWindow? Retraining { get; init; }

    /// <summary>How long a rollout may take before the run fails.</summary>
    public double WatchSeconds { get; init; } = 7 * 86_400;
}

/// <param name="Digest">Of the snapshot.</param>
public sealed record SnapshotOutput(string Digest, long Rows, IReadOnlyList<string> Labels)
{
    /// <summary>Of a retraining.</summary>
    public LabelledCounts? Labelled { get; init; }
}

/// <summary>What was expected of the snapshot, counted.</summary>
public sealed record ValidationOutput(long Evaluated, long Warned, long Failed);

/// <param name="MacroF1">Of its best trial; null where none is complete.</param>
public sealed record TunedFamily(string Family, int Trials, double? MacroF1);

/// <param name="MacroF1">On test; likewise its 95 % interval.</param>
public sealed record TrainedOutput(string Run, string Bundle, string Family, double MacroF1, double Low, double High, string Why, double FitSeconds);

/// <summary>The new model and the one in use on the same rows: test of the snapshot.</summary>
/// <param name="Champion">Such as <c>reviews/3</c>; null where there is none.</param>
/// <param name="Difference">Of macro-F1, the new model's less the champion's, with its 95 % interval; null where <paramref name="NoComparison"/> says why.</param>
public sealed record EvaluatedOutput(double MacroF1, string? Champion, double? ChampionMacroF1, double? Difference, double? Low, double? High, string? NoComparison)
{
    /// <summary>Why a retraining ends here; null where it goes on.</summary>
    public string? Refusal { get; init; }
}

public sealed record RegisteredOutput(string Model, long Version)
{
    /// <summary>Of a retraining, for the gate on the champion: rows that each was measured on alone compare badly.</summary>
    public ChampionComparison? Compared { get; init; }

    [JsonIgnore]
    public string Name => FormattableString.Invariant($"{Model}/{Version}");
}

/// <param name="Failures">What gates that failed said.</param>
public sealed record GatesOutput(bool Passed, long? Against, IReadOnlyList<string> Failures);

/// <param name="Rollout">By which the version comes into use; null where it is in use already.</param>
public sealed record PromotedOutput(string Version, string? Rollout);

/// <param name="Phase"><c>promoted</c> or <c>rolled_back</c>.</param>
public sealed record WatchedOutput(string Phase, string Words);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(TrainingParameters))]
[JsonSerializable(typeof(SnapshotOutput))]
[JsonSerializable(typeof(ValidationOutput))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(TunedFamily))]
[JsonSerializable(typeof(TrainedOutput))]
[JsonSerializable(typeof(EvaluatedOutput))]
[JsonSerializable(typeof(RegisteredOutput))]
[JsonSerializable(typeof(GatesOutput))]
[JsonSerializable(typeof(PromotedOutput))]
[JsonSerializable(typeof(WatchedOutput))]
internal sealed partial class TrainingJson : JsonSerializerContext;
