using System.Text.Json;
using Plumbline.Rollouts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Rollouts;

public sealed class MeasurementTests
{
    private static readonly DateTimeOffset From = SimulatedRollout.Start;

    [Fact]
    public void Sum_InAnyOrder_IsTheSame()
    {
        var random = new RandomSource(3);
        VersionSums[] parts = [.. Enumerable.Range(0, 6).Select(_ => new SimulatedVersion("m/1").Answer(random, 200) with
        {
            InputDrift = 0.1,
            Predicted = new Dictionary<string, long> { ["b"] = 2, ["a"] = 1 },
        })];
        var (forward, backward) = (parts.Aggregate(VersionSums.None, VersionSums.Sum), parts.Reverse().Aggregate((sum, part) => VersionSums.Sum(part, sum)));
        forward.Requests.ShouldBe(1200);
        forward.Latency.Count.ShouldBe(1200);
        forward.Predicted.ShouldBe(new Dictionary<string, long> { ["a"] = 6, ["b"] = 12 }, ignoreOrder: true);
        forward.ConfidenceBins.Sum().ShouldBe(1200);
        // Sums of fractions may differ in the last bits.
        forward.Confidence.Sum.ShouldBe(backward.Confidence.Sum, 1e-9);
        Json(forward with { Confidence = MeanSums.None }).ShouldBe(Json(backward with { Confidence = MeanSums.None }));
    }

    [Fact]
    public void Sum_CorrectedFeedback_MovesARow()
    {
        var first = VersionSums.None with { Confusion = [new("bad", "good", 1), new("good", "good", 5)] };
        var correction = VersionSums.None with { Confusion = [new("bad", "good", -1), new("good", "good", 1)] };
        VersionSums.Sum(first, correction).Confusion.ShouldBe([new("good", "good", 6)]);
    }

    [Fact]
    public void Json_AllThatIsCounted_ReadsAsWritten()
    {
        var sums = new SimulatedVersion("m/1").Answer(new RandomSource(1), 500) with
        {
            FeedbackGroups = [new(3, 7, 5)],
            OutputDrift = 0.25,
            Predicted = new Dictionary<string, long> { ["good"] = 500 },
            Compared = new ComparedSums([new("a", "b", 1)], 0.5, [new ComparedExample("p1", ulong.MaxValue, "a", 0.9, "b", 0.8)]),
        };
        IReadOnlyList<Measurement> measurements = [new("m/1", "server-1", From, From.AddMinutes(1), true, sums)];
        var json = JsonSerializer.Serialize(measurements, RolloutJson.Default.IReadOnlyListMeasurement);
        json.ShouldStartWith("""[{"version":"m/1","source":"server-1","from":"2026-11-01T08:00:00+00:00","until":"2026-11-01T08:01:00+00:00","replayed":true,"sums":{"units":500,""");
        var read = JsonSerializer.Deserialize(json, RolloutJson.Default.IReadOnlyListMeasurement)!;
        read[0].Validate();
        JsonSerializer.Serialize(read, RolloutJson.Default.IReadOnlyListMeasurement).ShouldBe(json);
    }

    [Fact]
    public void Json_KeysThatAreLeftOut_AreNothing()
    {
        const string Units = """[{"version":"m/1","source":"log","from":"2026-11-01T08:00:00Z","until":"2026-11-01T08:01:00Z","replayed":false,"sums":{"units":7}}]""";
        var read = JsonSerializer.Deserialize(Units, RolloutJson.Default.IReadOnlyListMeasurement)!;
        read[0].Validate();
        Json(read[0].Sums).ShouldBe(Json(VersionSums.None with { Units = 7 }));
        VersionSums.Sum(read[0].Sums, read[0].Sums).Units.ShouldBe(14);
    }

    [Theory]
    [InlineData("""[{"version":"m/1","source":"s","from":"2026-11-01T08:00:00Z","until":"2026-11-01T08:01:00Z","replayed":false}]""")]
    [InlineData("""[{"version":null,"source":"s","from":"2026-11-01T08:00:00Z","until":"2026-11-01T08:01:00Z","replayed":false,"sums":{}}]""")]
    [InlineData("""[{"version":"m/1","source":"s","from":"2026-11-01T08:00:00Z","until":"2026-11-01T08:01:00Z","replayed":false,"sums":{"latency":{"max":3,"buckets":[[1]]}}}]""")]
    [InlineData("""[{"version":"m/1","source":"s","from":"2026-11-01T08:00:00Z","until":"2026-11-01T08:01:00Z","replayed":false,"sums":{"latency":{"max":3}}}]""")]
    [InlineData("""[{"version":"m/1","source":"s","from":"2026-11-01T08:00:00Z","until":"2026-11-01T08:01:00Z","replayed":false,"sums":{"outcome":{"count":3}}}]""")]
    public void Json_Damaged_IsRefused(string json) => Should.Throw<JsonException>(() => JsonSerializer.Deserialize(json, RolloutJson.Default.IReadOnlyListMeasurement));

    public static TheoryData<string, Measurement> Impossible => new()
    {
        { "its window ends at", Of(VersionSums.None) with { Until = From } },
        { "needs version and source", Of(VersionSums.None) with { Source = " " } },
        { "9 errors of 3 requests", Of(VersionSums.None with { Requests = 3, Errors = 9 }) },
        { "3 bins of confidence", Of(VersionSums.None with { ConfidenceBins = [1, 2, 3] }) },
        { "outcome has the sum 5", Of(VersionSums.None with { Outcome = new MeanSums(3, 5, 5, []) }) },
        { "confidence has the sum NaN", Of(VersionSums.None with { Confidence = new MeanSums(3, double.NaN, 1, []) }) },
        { "feedback_groups has a group 128", Of(VersionSums.None with { FeedbackGroups = [new GroupSums(128, 1, 1)] }) },
        { "compared has a distance of 3", Of(VersionSums.None with { Compared = new ComparedSums([new("a", "a", 2)], 3, []) }) },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Validate_WhatCannotBe_IsRefusedByName(string part, Measurement measurement) =>
        Should.Throw<ArgumentException>(measurement.Validate).Message.ShouldContain(part);

    private static Measurement Of(VersionSums sums) => new("m/1", "server-1", From, From.AddMinutes(1), false, sums);

    private static string Json(VersionSums sums) => JsonSerializer.Serialize([new("m/1", "s", From, From.AddMinutes(1), false, sums)], RolloutJson.Default.IReadOnlyListMeasurement);
}
