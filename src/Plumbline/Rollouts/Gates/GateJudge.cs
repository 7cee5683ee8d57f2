using Plumbline.Statistics;

namespace Plumbline.Rollouts.Gates;

/// <summary>Holds what was counted of a candidate against a gate. Pure, thread-safe.</summary>
internal static class GateJudge
{
    /// <summary>Bounds are tightest after as many times the least samples.</summary>
    private const int PlannedOverLeast = 10;

    /// <summary>On live traffic; on replayed traffic only where live traffic has too few samples and enough are replayed.</summary>
    /// <param name="replayed">Null: it may not be judged on.</param>
    /// <param name="alpha">Chance, however often one looks, that a limit that is kept is found broken, and one that is broken kept.</param>
    public static GateVerdict Judge(RolloutGate gate, string version, (VersionSums Candidate, VersionSums Stable) live, (VersionSums Candidate, VersionSums Stable)? replayed, double alpha)
    {
        var verdict = Judge(gate, version, live.Candidate, live.Stable, alpha);
        if (replayed is not { } again || HasSamples(gate, verdict))
            return verdict;
        var second = Judge(gate, version, again.Candidate, again.Stable, alpha);
        return HasSamples(gate, second) ? second with { Replayed = true, Explanation = $"{second.Explanation}, on replayed traffic" } : verdict;
    }

    private static bool HasSamples(RolloutGate gate, GateVerdict verdict) => verdict.Value is not null && verdict.Samples >= gate.Samples && (verdict.StableSamples ?? gate.Samples) >= gate.Samples;

    internal static GateVerdict Judge(RolloutGate gate, string version, VersionSums candidate, VersionSums stable, double alpha) => gate.Kind switch
    {
        GateKind.LatencyP50 => Latency(gate, version, candidate.Latency, stable.Latency, 0.5, "p50", alpha),
        GateKind.LatencyP99 => Latency(gate, version, candidate.Latency, stable.Latency, 0.99, "p99", alpha),
        GateKind.ErrorRate => ErrorRate(gate, version, candidate, stable, alpha),
        GateKind.ConfidenceShift => ConfidenceShift(gate, version, candidate, stable, alpha),
        GateKind.Disagreement => Disagreement(gate, version, candidate.Compared, alpha),
        GateKind.InputDrift => Drift(gate, version, candidate.InputDrift, "drift of inputs"),
        GateKind.OutputDrift => Drift(gate, version, candidate.OutputDrift, "drift of outputs"),
        _ => gate.Margin is null ? Score(gate, version, candidate.Of(gate.Slice), alpha) : ScoreDifference(gate, version, candidate.Of(gate.Slice), stable.Of(gate.Slice), alpha),
    };

    private static GateVerdict Latency(RolloutGate gate, string version, LatencyHistogram candidate, LatencyHistogram stable, double level, string name, double alpha)
    {
        var planned = gate.Samples * PlannedOverLeast;
        var value = candidate.Quantile(level) / 1000;
        if (gate.Most is { } most)
        {
            var (low, high) = QuantileSequence.Bounds(candidate, level, planned, alpha);
            return Finding.AtMost(gate, version, value, low / 1000, high / 1000, most, candidate.Count, null)
                .Verdict("requests", $"{name} {Words.Number(value)} ms", $"at most {Words.Number(most)} ms", Words.Number);
        }
        var ratio = LatencyRatio.Of(candidate, stable, level, planned, alpha) ?? new LatencyRatio(double.NaN, double.NaN, double.NaN, 0, null);
        return Finding.AtMost(gate, version, ratio.Ratio, ratio.Low, ratio.High ?? double.PositiveInfinity, gate.MostRatio!.Value, candidate.Count, stable.Count)
            .Verdict(
                "requests", $"{name} {Words.Number(ratio.Candidate)} ms", $"at most {Words.Number(gate.MostRatio.Value)} × stable's {Words.Number(ratio.Stable)} ms",
                times => $"{Words.Number(times)} ×");
    }

    private static GateVerdict ErrorRate(RolloutGate gate, string version, VersionSums candidate, VersionSums stable, double alpha)
    {
        var rate = Share(candidate.Errors, candidate.Requests);
        var what = $"error rate {Words.Percent(rate)}";
        if (gate.Most is { } most)
        {
            // As many independent requests would say as much.
            var design = Errors(candidate).DesignEffect;
            var (low, high) = BetaMixture.Reference.Interval((long)Math.Round(candidate.Errors / design), (long)Math.Round(candidate.Requests / design), alpha);
            return Finding.AtMost(gate, version, rate, low, high, most, candidate.Requests, null).Verdict("requests", what, $"at most {Words.Percent(most)}", Words.Percent);
        }
        var effect = MetricEffect.OfMeans(Errors(candidate), Errors(stable), gate.Samples * PlannedOverLeast, gate.Samples, alpha);
        return Finding.AtMost(gate, version, effect.Effect, effect.Low, effect.High, gate.Margin!.Value, candidate.Requests, stable.Requests)
            .Verdict("requests", what, $"at most {Words.Percent(gate.Margin.Value)} above stable's {Words.Percent(effect.Stable)}", Words.SignedPercent);
    }

    private static MeanSums Errors(VersionSums sums) => new(sums.Requests, sums.Errors, sums.Errors, sums.ErrorGroups);

    private static GateVerdict ConfidenceShift(RolloutGate gate, string version, VersionSums candidate, VersionSums stable, double alpha)
    {
        var effect = MetricEffect.OfMeans(candidate.Confidence, stable.Confidence, gate.Samples * PlannedOverLeast, gate.Samples, alpha);
        var (least, most) = (Math.Max(0, Math.Max(effect.Low, -effect.High)), Math.Max(Math.Abs(effect.Low), Math.Abs(effect.High)));
        return Finding.AtMost(gate, version, Math.Abs(effect.Effect), least, most, gate.Most!.Value, candidate.Confidence.Count, stable.Confidence.Count)
            .Verdict(
                "answers", $"mean confidence {Words.Score(effect.Candidate)}",
                $"at most {Words.Score(gate.Most.Value)} from stable's {Words.Score(effect.Stable)}{Distance(candidate, stable)}", Words.Score);
    }

    private static string Distance(VersionSums candidate, VersionSums stable) => candidate.ConfidenceBins.Sum() == 0 || stable.ConfidenceBins.Sum() == 0 ? ""
        : $" (Jensen–Shannon distance of all confidences {Words.Score(Divergence.JensenShannonDistance(Shares(candidate), Shares(stable)))})";

    private static double[] Shares(VersionSums sums) => [.. sums.ConfidenceBins.Select(count => (double)count / sums.ConfidenceBins.Sum())];

    private static GateVerdict Disagreement(RolloutGate gate, string version, ComparedSums compared, double alpha)
    {
        var (rows, rate) = (compared.Rows, Share(compared.Disagreements, compared.Rows));
        var (low, high) = BetaMixture.Reference.Interval(compared.Disagreements, rows, alpha);
        return Finding.AtMost(gate, version, rate, low, high, gate.Most!.Value, rows, null)
            .Verdict("compared rows", $"disagreement with stable {Words.Percent(rate)}", $"at most {Words.Percent(gate.Most.Value)}", Words.Percent);
    }

    private static GateVerdict Drift(RolloutGate gate, string version, double? drift, string what)
    {
        var most = gate.Most!.Value;
        return drift is { } value
            ? new GateVerdict(gate.Text, version, value <= most ? GateOutcome.Success : GateOutcome.Failure, most, 0, false, $"{what} {Words.Score(value)}, at most {Words.Score(most)}", value)
            : new GateVerdict(gate.Text, version, GateOutcome.Inconclusive, most, 0, false, $"{what}: no monitor has said anything of it yet");
    }

    private static GateVerdict ScoreDifference(RolloutGate gate, string version, VersionSums candidate, VersionSums stable, double alpha)
    {
        var metric = gate.Metric!.Value;
        var effect = MetricEffect.Of(metric, gate.Label, candidate, stable, gate.Samples * PlannedOverLeast, gate.Samples, alpha);
        return Finding.AtLeast(gate, version, effect.Effect, effect.Low, effect.High, -gate.Margin!.Value, effect.CandidateRows, effect.StableRows, effect.Missing)
            .Verdict("labelled rows", $"{metric.Text(gate.Label)}{Of(gate)} {Words.Score(effect.Candidate)}", $"at most {Words.Score(gate.Margin.Value)} below stable's {Words.Score(effect.Stable)}", Words.Signed);
    }

    private static GateVerdict Score(RolloutGate gate, string version, VersionSums candidate, double alpha)
    {
        var metric = gate.Metric!.Value;
        var arm = ScoredArm.Of(candidate, candidate);
        var (score, designEffect, planned) = (arm.Score(metric, gate.Label), arm.DesignEffect, gate.Samples * PlannedOverLeast);
        var (low, high) = metric is RolloutMetric.MacroF1 or RolloutMetric.LabelF1 ? Around(score, designEffect, planned, alpha)
            // As many independent rows would say as much.
            : BetaMixture.Reference.Interval((long)Math.Round(score.Value * score.Rows / designEffect), (long)Math.Round(score.Rows / designEffect), alpha);
        return Finding.AtLeast(gate, version, score.Value, low, high, gate.Least!.Value, score.Rows, null, arm.Missing(metric, gate.Label))
            .Verdict("labelled rows", $"{metric.Text(gate.Label)}{Of(gate)} {Words.Score(score.Value)}", $"at least {Words.Score(gate.Least.Value)}", Words.Score);
    }

    private static (double Low, double High) Around(ConfusionScore score, double designEffect, long planned, double alpha)
    {
        if (score.Rows == 0)
            return (0, 1);
        var width = AsymptoticSequence.HalfWidth(Math.Sqrt(score.Variance * designEffect), (double)score.Rows / planned, alpha);
        return (Math.Max(0, score.Value - width), Math.Min(1, score.Value + width));
    }

    private static string Of(RolloutGate gate) => gate.Slice is { } slice ? $" of {slice}" : "";

    private static double Share(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}
