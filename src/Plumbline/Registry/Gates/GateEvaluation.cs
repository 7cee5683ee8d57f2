using System.Text.Json.Serialization;

namespace Plumbline.Registry.Gates;

/// <summary>What the gates said of a version on its way to an alias.</summary>
/// <param name="Id">0: not recorded.</param>
/// <param name="Against">The version that the alias was then; null if there was no such alias.</param>
/// <param name="Results">In the order of docs/specs/gates.md.</param>
public sealed record GateEvaluation(long Id, string Name, long Version, string Alias, long? Against, IReadOnlyList<GateResult> Results)
{
    public bool Passed => Results.All(result => result.Passed);

    /// <summary>Null: not recorded.</summary>
    public GateOutcome? Outcome { get; init; }

    /// <summary>Unix ms.</summary>
    public long Time { get; init; }

    public string Actor { get; init; } = "";

    public string Reason { get; init; } = "";
}

/// <summary>What came of an evaluation.</summary>
public enum GateOutcome
{
    /// <summary>All gates passed, and the alias was moved.</summary>
    Promoted,

    /// <summary>All gates passed, and a rollout was begun.</summary>
    Passed,

    /// <summary>A gate failed.</summary>
    Refused,

    /// <summary>A gate failed, and the alias was moved all the same, for the reason given.</summary>
    Overridden,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<GateResult>))]
internal sealed partial class GateJson : JsonSerializerContext;
