using Plumbline.Rollouts.Gates;
using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>At the end of each period, shares follow how probable it is of each arm that it is the best.</summary>
internal static class BanditAnalysis
{
    public static RolloutDecision Analyse(RolloutDefinition definition, RolloutState state)
    {
        var plan = definition.Bandit!;
        var stable = state.Sums(0, definition.Stable, false);
        GateVerdict[] guardrails =
        [
            .. definition.Candidates.SelectMany(candidate => definition.Gates.Select(gate =>
                GateJudge.Judge(gate, candidate.Version, (state.Sums(0, candidate.Version, false), stable), null, definition.GateAlpha))),
        ];
        string[] failures = [.. guardrails.Where(verdict => verdict.Outcome == GateOutcome.Failure).Select(verdict => $"{verdict.Version} fails: {verdict.Explanation}")];
        if (failures.Length > 0)
            return RolloutAnalysis.RollBack(state, failures, guardrails);
        string[] versions = [definition.Stable, .. definition.Candidates.Select(candidate => candidate.Version)];
        (double Sum, double Count)[] arms = [.. versions.Select(version => Reward(plan.Metric, state.Sums(0, version, false)))];
        var probabilities = BestArm.Probabilities(arms);
        string[] reasons = [.. versions.Select((version, arm) => $"{version} is the best with a probability of {Words.Percent(probabilities[arm])}: "
            + $"{plan.Metric.Text(null)} {Words.Score(arms[arm].Sum / arms[arm].Count)} over {Words.Count((long)arms[arm].Count)} rows")];
        return Decide(definition, state, versions, arms, probabilities, reasons, guardrails) with { ProbabilitiesOfBest = probabilities };
    }

    private static RolloutDecision Decide(
        RolloutDefinition definition, RolloutState state, string[] versions, (double Sum, double Count)[] arms, double[] probabilities, string[] reasons, GateVerdict[] guardrails)
    {
        var plan = definition.Bandit!;
        if (state.Time - state.StepStarted < plan.Period)
            return new RolloutDecision(state, RolloutAction.Hold, reasons, guardrails);
        var best = Array.IndexOf(probabilities, probabilities.Max());
        var isSafe = guardrails.All(verdict => verdict.Version != versions[best] || verdict.Outcome == GateOutcome.Success);
        if (probabilities[best] >= plan.Stop && isSafe && arms.All(arm => arm.Count >= plan.LeastSamples))
            return best == 0 ? RolloutAnalysis.RollBack(state, reasons, guardrails) : RolloutAnalysis.Promote(definition, state, versions[best], reasons, guardrails);
        var next = state with
        {
            Step = state.Step + 1,
            StepStarts = [state.Started, state.Time],
            Weights = BestArm.Shares(probabilities, plan.Floor)[1..],
        };
        return new RolloutDecision(next, RolloutAction.Advance, reasons, guardrails);
    }

    /// <summary>As many independent rows as say as much.</summary>
    private static (double Sum, double Count) Reward(RolloutMetric metric, VersionSums sums)
    {
        var arm = ScoredArm.Of(sums, sums);
        var (score, design) = metric == RolloutMetric.Outcome ? (sums.Outcome.Score, sums.Outcome.DesignEffect) : (arm.Score(metric, null), arm.DesignEffect);
        return score.Rows == 0 ? (0, 0) : (score.Value * score.Rows / design, score.Rows / design);
    }
}
