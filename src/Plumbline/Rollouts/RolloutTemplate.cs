using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>How any new version of a model is rolled out: a definition but for its name and its versions. Immutable.</summary>
public sealed record RolloutTemplate(RolloutKind Kind)
{
    public RolloutUnit Unit { get; init; }

    /// <summary>Null: the name of each rollout.</summary>
    public string? Salt { get; init; }

    public double Alpha { get; init; } = 0.05;

    public IReadOnlyList<RolloutGate> Gates { get; init; } = [];

    public IReadOnlyList<CanaryStep> Steps { get; init; } = [];

    public AbTest? Test { get; init; }

    public BanditPlan? Bandit { get; init; }

    public bool JudgeReplayed { get; init; }

    public TimeSpan? Replay { get; init; }

    /// <param name="stable"><c>name/3</c>.</param>
    /// <param name="candidates">Where none of an A/B test says its weight, all arms get the same.</param>
    public RolloutDefinition Of(string name, string stable, IReadOnlyList<CandidateShare> candidates) => new(
        name, Kind, stable, Kind == RolloutKind.Ab && candidates.All(candidate => candidate.Weight == 0) ? [.. candidates.Select(candidate => candidate with { Weight = 1.0 / (candidates.Count + 1) })] : candidates,
        Unit, Salt, Alpha, Gates, Steps, Test, Bandit, JudgeReplayed, Replay);

    /// <exception cref="ArgumentException">Something is out of its range or missing; the message begins with its key.</exception>
    public void Validate() => Of("any", "any/1", [new CandidateShare("any/2")]).Validate();
}
