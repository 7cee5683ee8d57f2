using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>What an analysis decided.</summary>
/// <param name="State">To be stored, then followed: its weights are the traffic.</param>
/// <param name="Action">What changed; it need not be carried out besides.</param>
/// <param name="Reasons">In words, for people and the audit trail.</param>
public sealed record RolloutDecision(RolloutState State, RolloutAction Action, IReadOnlyList<string> Reasons, IReadOnlyList<GateVerdict> Verdicts)
{
    /// <summary>Of an A/B test.</summary>
    public AbReport? Test { get; init; }

    /// <summary>Of a bandit: how probable it is that an arm is the best, the stable version first, then the candidates in their order.</summary>
    public IReadOnlyList<double>? ProbabilitiesOfBest { get; init; }
}

public enum RolloutAction
{
    /// <summary>Traffic stays as it is.</summary>
    Hold,

    /// <summary>The next step, or other shares.</summary>
    Advance,

    /// <summary>All traffic to <see cref="RolloutState.Winner"/>.</summary>
    Promote,

    /// <summary>All traffic to the stable version.</summary>
    RollBack,
}
