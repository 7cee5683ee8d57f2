using System.Text.Json.Serialization;

namespace Plumbline.Rollouts;

/// <summary>How shares follow what is known of the arms: Thompson sampling, a period at a time.</summary>
/// <param name="Period">How long shares stay.</param>
/// <param name="Metric"><see cref="RolloutMetric.Accuracy"/> or <see cref="RolloutMetric.Outcome"/>.</param>
/// <param name="Floor">Least share of every arm, the stable one among them.</param>
/// <param name="Stop">It ends when one arm is the best with this probability.</param>
/// <param name="LeastSamples">Rows of every arm before it may end.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BanditPlan(TimeSpan Period, RolloutMetric Metric = RolloutMetric.Outcome, double Floor = 0.05, double Stop = 0.95, long LeastSamples = 100)
{
    internal void Validate(RolloutDefinition rollout)
    {
        var arms = rollout.Candidates.Count + 1;
        if (Metric is not (RolloutMetric.Accuracy or RolloutMetric.Outcome))
            throw new ArgumentException($"bandit.metric: {RolloutJson.NameOf(Metric)} is no mean of rows; use accuracy or outcome.");
        if (Period <= TimeSpan.Zero)
            throw new ArgumentException($"bandit.period: {Period} is not above 0.");
        if (!(Floor >= 0 && Floor * arms <= 1))
            throw new ArgumentException(FormattableString.Invariant($"bandit.floor: {Floor} is not within 0 and 1/{arms}, with {arms} arms."));
        if (!(Stop is > 0.5 and < 1))
            throw new ArgumentException(FormattableString.Invariant($"bandit.stop: {Stop} is not above 0.5 and below 1."));
        if (LeastSamples < 1)
            throw new ArgumentException(FormattableString.Invariant($"bandit.least_samples: {LeastSamples} is below 1."));
    }
}
