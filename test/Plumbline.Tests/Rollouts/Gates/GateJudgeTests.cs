using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Statistics;

namespace Plumbline.Tests.Rollouts.Gates;

public sealed class GateJudgeTests
{
    private const double Alpha = 0.05;

    public static TheoryData<GateKind, double?, double?, double?, double?, string?> Limits => new()
    {
        // Kind, most, ratio, margin, least, label: all kept by a version that is like the stable one.
        { GateKind.LatencyP50, 30, null, null, null, null },
        { GateKind.LatencyP99, 60, null, null, null, null },
        { GateKind.LatencyP50, null, 1.5, null, null, null },
        { GateKind.LatencyP99, null, 1.5, null, null, null },
        { GateKind.ErrorRate, 0.02, null, null, null, null },
        { GateKind.ErrorRate, null, null, 0.02, null, null },
        { GateKind.ConfidenceShift, 0.05, null, null, null, null },
        { GateKind.Disagreement, 0.2, null, null, null, null },
        { GateKind.InputDrift, 0.2, null, null, null, null },
        { GateKind.Accuracy, null, null, null, 0.7, null },
        { GateKind.Accuracy, null, null, 0.05, null, null },
        { GateKind.MacroF1, null, null, null, 0.7, null },
        { GateKind.MacroF1, null, null, 0.05, null, null },
        { GateKind.LabelRecall, null, null, null, 0.7, "good" },
        { GateKind.LabelRecall, null, null, 0.1, null, "good" },
        { GateKind.LabelPrecision, null, null, null, 0.7, "good" },
        { GateKind.LabelF1, null, null, 0.1, null, "bad" },
        { GateKind.LabelF1, null, null, null, 0.6, "bad" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Judge_GoodBadAndFew_SucceedsFailsAndWaits(GateKind kind, double? most, double? ratio, double? margin, double? least, string? label)
    {
        var gate = new RolloutGate { Kind = kind, Most = most, MostRatio = ratio, Margin = margin, Least = least, Label = label };
        gate.Validate("gate");
        var (random, like) = (new RandomSource(3), new SimulatedVersion("m/2"));
        var stable = new SimulatedVersion("m/1").Answer(random, 12_000);
        var good = GateJudge.Judge(gate, "m/2", like.Answer(random, 12_000), stable, Alpha);
        good.Outcome.ShouldBe(GateOutcome.Success, good.Explanation);
        var broken = new SimulatedVersion("m/2") { Accuracy = 0.4, ErrorRate = 0.1, MedianMilliseconds = 50, Confidence = 0.5, Disagreement = 0.5, InputDrift = 0.6 };
        var bad = GateJudge.Judge(gate, "m/2", broken.Answer(random, 12_000), stable, Alpha);
        bad.Outcome.ShouldBe(GateOutcome.Failure, bad.Explanation);
        if (kind == GateKind.InputDrift)
            return;
        bad.Value!.Value.ShouldBeInRange(bad.Low!.Value, bad.High ?? double.PositiveInfinity);
        var few = GateJudge.Judge(gate, "m/2", broken.Answer(random, 50), stable, Alpha);
        few.Outcome.ShouldBe(GateOutcome.Inconclusive, few.Explanation);
        few.Explanation.ShouldEndWith("too few to judge");
        GateJudge.Judge(gate, "m/2", VersionSums.None, VersionSums.None, Alpha).Outcome.ShouldBe(GateOutcome.Inconclusive);
    }

    [Fact]
    public void Judge_Explanations_HaveValueSamplesAndLimit()
    {
        var (random, gate) = (new RandomSource(3), new RolloutGate { Kind = GateKind.LatencyP99, MostRatio = 1.5 });
        var (candidate, stable) = (new SimulatedVersion("m/2") { MedianMilliseconds = 17 }.Answer(random, 12_000), new SimulatedVersion("m/1") { MedianMilliseconds = 10 }.Answer(random, 20_000));
        var verdict = GateJudge.Judge(gate, "m/2", candidate, stable, Alpha);
        (verdict.Outcome, verdict.Samples, verdict.StableSamples, verdict.Limit, verdict.Gate).ShouldBe((GateOutcome.Failure, 12_000, 20_000, 1.5, "latency_p99"));
        verdict.Explanation.ShouldMatch(@"^p99 30(\.\d)? ms over 12,000 requests, at most 1\.5 × stable's 18(\.\d)? ms \(1\.6\d* × to 1\.[78]\d* × is possible\)$");
        var few = GateJudge.Judge(gate, "m/2", candidate, new SimulatedVersion("m/1").Answer(random, 40), Alpha);
        few.Explanation.ShouldBe("latency_p99: 40 of 1,000 requests of the stable version, too few to judge");
    }

    [Fact]
    public void Judge_NoiseOverTheLimit_LeavesItOpen()
    {
        var sums = VersionSums.None with { Requests = 500, Errors = 10 };
        var verdict = GateJudge.Judge(new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.02 }, "m/2", sums, VersionSums.None, Alpha);
        verdict.Outcome.ShouldBe(GateOutcome.Inconclusive);
        verdict.Explanation.ShouldStartWith("error rate 2 % over 500 requests, at most 2 % (");
        verdict.Explanation.ShouldEndWith(" is possible, which leaves it open)");
    }

    [Fact]
    public void Judge_DriftThatNobodyMeasured_Waits() =>
        GateJudge.Judge(new RolloutGate { Kind = GateKind.OutputDrift, Most = 0.1 }, "m/2", VersionSums.None, VersionSums.None, Alpha).Explanation.ShouldBe("drift of outputs: no monitor has said anything of it yet");

    [Fact]
    public void Judge_LabelThatFeedbackLacks_WaitsAndNamesIt()
    {
        var sums = VersionSums.None with { Confusion = [new("good", "good", 900), new("bad", "bad", 900)] };
        var verdict = GateJudge.Judge(new RolloutGate { Kind = GateKind.LabelRecall, Least = 0.5, Label = "ugly" }, "m/2", sums, sums, Alpha);
        (verdict.Outcome, verdict.Gate, verdict.Value).ShouldBe((GateOutcome.Inconclusive, "label_recall ugly", null));
    }
}
