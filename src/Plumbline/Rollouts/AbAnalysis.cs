using System.Globalization;
using Plumbline.Rollouts.Gates;
using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>First whether the arms were filled as assigned, then guardrails, then the metric. What is harmful ends in any case.</summary>
internal static class AbAnalysis
{
    private const double Power = 0.95;

    public static RolloutDecision Analyse(RolloutDefinition definition, RolloutState state)
    {
        var test = definition.Test!;
        var stable = state.Sums(0, definition.Stable, false);
        state = state with { SampleRatioEvidence = Math.Max(state.SampleRatioEvidence, SampleRatioOf(definition, state)) };
        GateVerdict[] guardrails =
        [
            .. definition.Candidates.SelectMany(candidate => definition.Gates.Select(gate =>
                GateJudge.Judge(gate, candidate.Version, (state.Sums(0, candidate.Version, false), stable), null, definition.GateAlpha))),
        ];
        var limit = -Math.Log(test.SampleRatioAlpha);
        var isInvalid = state.SampleRatioEvidence >= limit;
        AbComparison[] comparisons = [.. definition.Candidates.Select(candidate => Compare(
            definition, candidate.Version, state.Sums(0, candidate.Version, false), stable, test.LeastDuration - (state.Time - state.Started), isInvalid,
            [.. guardrails.Where(verdict => verdict.Version == candidate.Version && verdict.Outcome == GateOutcome.Failure)]))];
        AbArm[] arms = [Arm(definition, state, definition.Stable, 1 - definition.Candidates.Sum(candidate => candidate.Weight)),
            .. definition.Candidates.Select(candidate => Arm(definition, state, candidate.Version, candidate.Weight))];
        var hasEnded = state.Time - state.Started >= test.LeastDuration && arms.All(arm => arm.Rows >= test.Horizon);
        var report = SliceComparisons.AddTo(
            new AbReport(AbVerdict.Undecided, test.Metric.Text(test.Label), arms, comparisons, state.SampleRatioEvidence, limit, hasEnded), definition, state, isInvalid);
        return Conclude(definition, state, report, guardrails, isInvalid);
    }

    private static RolloutDecision Conclude(RolloutDefinition definition, RolloutState state, AbReport report, GateVerdict[] guardrails, bool isInvalid)
    {
        string[] failures = [.. guardrails.Where(verdict => verdict.Outcome == GateOutcome.Failure).Select(verdict => $"{verdict.Version} fails: {verdict.Explanation}")];
        if (isInvalid)
        {
            report = report with { Verdict = AbVerdict.Invalid };
            return failures.Length > 0 ? RolloutAnalysis.RollBack(state, [Mismatch(report), .. failures], guardrails) with { Test = report }
                : new RolloutDecision(state, RolloutAction.Hold, [Mismatch(report)], guardrails) { Test = report };
        }
        if (failures.Length > 0)
            return RolloutAnalysis.RollBack(state, failures, guardrails) with { Test = report with { Verdict = AbVerdict.Harmful } };
        if (report.Arms.Sum(arm => arm.Units) == 0)
            return new RolloutDecision(state, RolloutAction.Hold, ["no units were counted, so it cannot be seen whether the arms are filled as assigned"], guardrails) { Test = report };
        var (best, all) = (report.Comparisons.MaxBy(one => (one.Verdict == AbVerdict.Better, one.Effect ?? double.NegativeInfinity))!, report.Comparisons);
        report = report with { Verdict = best.Verdict };
        string[] reasons = [.. all.Select(one => one.Explanation), .. SliceComparisons.Losses(definition, report)];
        string[] open = [.. guardrails.Where(verdict => verdict.Version == best.Version && verdict.Outcome == GateOutcome.Inconclusive).Select(verdict => verdict.Explanation)];
        var isDecided = report.HasEnded || all.All(one => one.Verdict != AbVerdict.Undecided);
        if (isDecided && best.Verdict == AbVerdict.Better && open.Length == 0)
            return RolloutAnalysis.Promote(definition, state, best.Version, reasons, guardrails) with { Test = report };
        if (all.All(one => one.Verdict is AbVerdict.Worse or AbVerdict.Equivalent))
            return RolloutAnalysis.RollBack(state, reasons, guardrails) with { Test = report };
        return new RolloutDecision(state, RolloutAction.Hold, [.. reasons, .. open], guardrails) { Test = report };
    }

    private static string Mismatch(AbReport report)
    {
        var (units, shares) = (string.Join(" : ", report.Arms.Select(arm => Words.Count(arm.Units))), string.Join(" : ", report.Arms.Select(arm => Words.Percent(arm.Share))));
        var evidence = Math.Exp(Math.Min(700, report.SampleRatioEvidence)).ToString("g3", CultureInfo.InvariantCulture);
        return $"units came to the arms as {units} instead of {shares}, which chance does not explain (evidence {evidence} to 1); find out what loses them, and begin anew";
    }

    private static AbComparison Compare(
        RolloutDefinition definition, string version, VersionSums candidate, VersionSums stable, TimeSpan left, bool isInvalid, GateVerdict[] failures)
    {
        var test = definition.Test!;
        var alpha = definition.Alpha / definition.Candidates.Count;
        var effect = MetricEffect.Of(test.Metric, test.Label, candidate, stable, test.Horizon, test.LeastSamples, alpha);
        if (effect.Missing is null && left > TimeSpan.Zero)
            effect = effect with { Missing = test.Wait(left) };
        var verdict = isInvalid ? AbVerdict.Invalid : failures.Length > 0 ? AbVerdict.Harmful : test.VerdictOf(effect);
        long? needed = effect.Deviation > 0 ? AbTest.RequiredRows(effect.Deviation, test.MinimumEffect, alpha, Power) : null;
        return new AbComparison(
            version, verdict, double.IsNaN(effect.Effect) ? null : effect.Effect, effect.Low, effect.High, effect.LogEvidence, effect.DesignEffect, needed,
            LabelComparisons.Of(candidate, stable, test.Horizon, definition.Alpha), Explain(test, version, verdict, effect, failures, needed));
    }

    private static string Explain(AbTest test, string version, AbVerdict verdict, MetricEffect effect, GateVerdict[] failures, long? needed)
    {
        if (verdict == AbVerdict.Harmful)
            return $"{version} is harmful: {string.Join("; ", failures.Select(failure => failure.Explanation))}";
        var fewest = Math.Min(effect.CandidateRows, effect.StableRows);
        if (effect.Missing is { } missing)
            return $"{version} is {RolloutJson.NameOf(verdict)}: {missing}";
        var more = verdict != AbVerdict.Undecided ? ""
            : fewest < test.Horizon ? $"; {Words.Count(fewest)} of {Words.Count(test.Horizon)} rows an arm"
            : $"; the horizon is reached{(needed > test.Horizon ? $", but the minimum effect takes about {Words.Count(needed.Value)} rows an arm" : "")}";
        var values = $"{Words.Score(effect.Candidate)} over {Words.Count(effect.CandidateRows)} rows against stable's {Words.Score(effect.Stable)} over {Words.Count(effect.StableRows)}";
        return $"{version} is {RolloutJson.NameOf(verdict)}: {test.Metric.Text(test.Label)} {values}, "
            + $"{Words.Signed(effect.Effect)}, within {Words.Signed(effect.Low)} and {Words.Signed(effect.High)}; {Words.Score(test.MinimumEffect)} matters{more}";
    }

    private static AbArm Arm(RolloutDefinition definition, RolloutState state, string version, double share)
    {
        var (test, sums) = (definition.Test!, state.Sums(0, version, false));
        var score = test.Metric == RolloutMetric.Outcome ? sums.Outcome.Score : ScoredArm.Of(sums, sums).Score(test.Metric, test.Label);
        return new AbArm(version, share, UnitsOf(sums), score.Rows, score.Rows == 0 ? null : score.Value);
    }

    private static long UnitsOf(VersionSums sums) => sums.Units > 0 ? sums.Units : (long)sums.UnitSample.Estimate;

    private static double SampleRatioOf(RolloutDefinition definition, RolloutState state)
    {
        VersionSums[] arms = [state.Sums(0, definition.Stable, false), .. definition.Candidates.Select(candidate => state.Sums(0, candidate.Version, false))];
        double[] shares = [1 - definition.Candidates.Sum(candidate => candidate.Weight), .. definition.Candidates.Select(candidate => candidate.Weight)];
        if (arms.Any(arm => arm.Units > 0))
            return SampleRatio.LogEvidence([.. arms.Select(arm => arm.Units)], shares);
        // Each level is a test of its own, of fewer units; that of level l has the share 2^-(l + 1) of the chance to err.
        var level = arms.Max(arm => arm.UnitSample.Level);
        return SampleRatio.LogEvidence([.. arms.Select(arm => arm.UnitSample.CountAt(level))], shares) - ((level + 1) * Math.Log(2));
    }
}
