using System.Text.Json.Serialization;

namespace Plumbline.Rollouts;

/// <summary>What an A/B test is to find out.</summary>
/// <param name="MinimumEffect">The least difference that matters, above 0: within it both ways the versions are equivalent.</param>
/// <param name="Horizon">Rows of the metric an arm at which the interval is tightest and the test ends; <see cref="RequiredRows"/> says how many it takes.</param>
/// <param name="Label">Of a metric of one label.</param>
/// <param name="LeastSamples">Rows an arm before anything is concluded.</param>
/// <param name="LeastDuration">Before it is over nothing is concluded but harm, so that all days of a week have their say.</param>
/// <param name="SampleRatioAlpha">Chance of taking arms that were filled as assigned for mismatched, however often one looks.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AbTest(
    RolloutMetric Metric, double MinimumEffect, long Horizon, string? Label = null, long LeastSamples = 100, TimeSpan LeastDuration = default, double SampleRatioAlpha = 0.001)
{
    /// <summary>
    /// Rows an arm after which a difference of the minimum effect is found, and none is found equivalent, with a chance of <paramref name="power"/>, where both arms get as many.
    /// </summary>
    /// <param name="deviation">Standard deviation of one row: √(p(1 − p)) of a proportion p. Times √(design effect) where units have several rows.</param>
    public static long RequiredRows(double deviation, double minimumEffect, double alpha = 0.05, double power = 0.95) =>
        (long)Statistics.AsymptoticSequence.RequiredRows(deviation, minimumEffect, alpha, power);

    internal void Validate(RolloutDefinition rollout)
    {
        if (!(MinimumEffect is > 0 and < 1))
            throw new ArgumentException(FormattableString.Invariant($"test.minimum_effect: {MinimumEffect} is not above 0 and below 1."));
        if (LeastSamples < 1 || Horizon < LeastSamples)
            throw new ArgumentException(FormattableString.Invariant($"test.horizon: {Horizon} rows are fewer than test.least_samples, {LeastSamples}, which must be at least 1."));
        if (LeastDuration < TimeSpan.Zero)
            throw new ArgumentException($"test.least_duration: {LeastDuration} is below 0.");
        if (!(SampleRatioAlpha is > 0 and < 0.5))
            throw new ArgumentException(FormattableString.Invariant($"test.sample_ratio_alpha: {SampleRatioAlpha} is not above 0 and below 0.5."));
        if (Metric.IsOfLabel() != Label is not null)
            throw new ArgumentException($"test.label: {RolloutJson.NameOf(Metric)} {(Label is null ? "needs one" : "takes none")}.");
        if (rollout.Candidates.Any(candidate => candidate.Weight <= 0) || rollout.Candidates.Sum(candidate => candidate.Weight) >= 1)
            throw new ArgumentException("candidates: in an A/B test each needs a weight above 0, and the stable version what is left.");
    }
}
