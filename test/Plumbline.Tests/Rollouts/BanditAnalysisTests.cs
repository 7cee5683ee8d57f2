using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Tests.Rollouts;

public sealed class BanditAnalysisTests
{
    private const string Stable = "reviews/3", First = "reviews/4", Second = "reviews/5";

    private static readonly RolloutDefinition Bandit = new("reviews-bandit", RolloutKind.Bandit, Stable, [new(First), new(Second)])
    {
        Bandit = new BanditPlan(TimeSpan.FromMinutes(30)) { Floor = 0.1, Stop = 0.999 },
    };

    [Fact]
    public void Analyse_BetterArm_GetsMoreAndMoreAndWins()
    {
        var rollout = new SimulatedRollout(Bandit, [new(Stable), new(First) { Conversion = 0.13 }, new(Second) { Conversion = 0.06 }], 30, 3);
        rollout.State.Weights.ShouldBe([1.0 / 3, 1.0 / 3]);
        rollout.Run(29);
        rollout.Last.Action.ShouldBe(RolloutAction.Hold);
        rollout.Run(31);
        rollout.State.Step.ShouldBe(2);
        rollout.State.Weights[0].ShouldBeGreaterThan(rollout.State.Weights[1]);
        rollout.State.Weights.ShouldAllBe(weight => weight >= 0.1);
        (1 - rollout.State.Weights.Sum()).ShouldBeGreaterThanOrEqualTo(0.1 - 1e-12);
        rollout.Run(5000);
        (rollout.State.Phase, rollout.State.Winner).ShouldBe((RolloutPhase.Promoted, First));
        rollout.Last.ProbabilitiesOfBest![1].ShouldBeGreaterThanOrEqualTo(0.999);
        rollout.Last.Reasons[1].ShouldStartWith($"{First} is the best with a probability of 99");
    }

    [Fact]
    public void Analyse_StableArmIsBest_RollsBack()
    {
        var rollout = new SimulatedRollout(Bandit, [new(Stable) { Conversion = 0.2 }, new(First), new(Second)], 60, 5).Run(5000);
        rollout.State.Phase.ShouldBe(RolloutPhase.RolledBack);
        rollout.State.Weights.ShouldBe([0, 0]);
    }

    [Fact]
    public void Analyse_NoRows_SharesEquallyAndGoesOn()
    {
        var rollout = new SimulatedRollout(Bandit, [], 0, 1).Run(31);
        rollout.State.Weights.ShouldAllBe(weight => Math.Abs(weight - (1.0 / 3)) < 1e-6);
        rollout.State.Phase.ShouldBe(RolloutPhase.Running);
        rollout.Last.Reasons[0].ShouldContain("undefined over 0 rows");
    }

    [Fact]
    public void Analyse_FailingGuardrail_RollsBack()
    {
        var definition = Bandit with { Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.02 }] };
        var rollout = new SimulatedRollout(definition, [new(Stable), new(First), new(Second) { ErrorRate = 0.2 }], 600, 1).Run(30);
        rollout.State.Phase.ShouldBe(RolloutPhase.RolledBack);
        rollout.Last.Reasons.ShouldHaveSingleItem().ShouldStartWith($"{Second} fails: error rate");
    }

    [Fact]
    public void Analyse_Accuracy_ComesFromFeedback()
    {
        var definition = Bandit with { Bandit = Bandit.Bandit! with { Metric = RolloutMetric.Accuracy } };
        var rollout = new SimulatedRollout(definition, [new(Stable), new(First) { Accuracy = 0.9 }, new(Second)], 200, 1).Run(5000);
        rollout.State.Winner.ShouldBe(First);
        rollout.Last.Reasons[0].ShouldContain("accuracy 0.");
    }
}
