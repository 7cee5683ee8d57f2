using System.Text.Json.Serialization;

namespace Plumbline.Rollouts;

/// <summary>What an A/B test is to find out.</summary>
/// <param name="MinimumEffect">The least difference that matters, above 0: within it both ways the versions are equivalent.</param>
/// <param name="Horizon">Rows of the metric an arm at which the interval is tightest and the test ends; <see cref="RequiredRows"/> says how many it takes.</param>
/// <param name="Label">Of a metric of one label.</param>
/// <param name="LeastSamples">Rows an arm before anything is concluded.</param>
/// <param name="LeastDuration">Before it is over nothing is concluded but harm, so that all days of a week have their say.</param>
/// <param name="SampleRatioAlpha">Chance of taking arms that were filled as assigned for mismatched, however often one looks.</param>
/// <param name="Slices">Categorical inputs by whose values the metric is told, too; null: none. Those of gates are told in any case.</param>
/// <param name="MostSlices">Of all columns together; bounds are corrected for so many, however many come. Null: <see cref="UsualSlices"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AbTest(
    RolloutMetric Metric, double MinimumEffect, long Horizon, string? Label = null, long LeastSamples = 100, TimeSpan LeastDuration = default, double SampleRatioAlpha = 0.001,
    IReadOnlyList<string>? Slices = null, int? MostSlices = null)
{
    public const int UsualSlices = 20;

    private const int LimitOfSlices = 200;

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
        ValidateSlices(rollout);
        if (rollout.Candidates.Any(candidate => candidate.Weight <= 0) || rollout.Candidates.Sum(candidate => candidate.Weight) >= 1)
            throw new ArgumentException("candidates: in an A/B test each needs a weight above 0, and the stable version what is left.");
    }

    /// <param name="left">Of the least duration.</param>
    internal string Wait(TimeSpan left) => $"the test lasts {Words.Time(LeastDuration)}, {Words.Time(left)} more";

    /// <summary>What the bounds of an effect say.</summary>
    internal AbVerdict VerdictOf(MetricEffect effect) =>
        effect.Missing is not null ? AbVerdict.Undecided
        : effect.Low >= -MinimumEffect && effect.High <= MinimumEffect ? AbVerdict.Equivalent
        : effect.Low > 0 ? AbVerdict.Better
        : effect.High < 0 ? AbVerdict.Worse
        : AbVerdict.Undecided;

    private void ValidateSlices(RolloutDefinition rollout)
    {
        if (Slices is null)
        {
            if (MostSlices is not null)
                throw new ArgumentException("test.most_slices: belongs to test.slices, which is missing.");
            return;
        }
        if (Slices.Count == 0 || Slices.Any(string.IsNullOrEmpty) || Slices.Distinct(StringComparer.Ordinal).Count() < Slices.Count)
            throw new ArgumentException("test.slices: name categorical inputs, each once.");
        if (Metric == RolloutMetric.Outcome)
            throw new ArgumentException("test.slices: only scores of feedback are known by slice, not the outcome.");
        if (MostSlices is < 1 or > LimitOfSlices || rollout.Slices.Count() > (MostSlices ?? UsualSlices))
            throw new ArgumentException(FormattableString.Invariant($"test.most_slices: {MostSlices ?? UsualSlices} is not within 1 and {LimitOfSlices}, or fewer than the slices of gates, {rollout.Slices.Count()}."));
    }
}
