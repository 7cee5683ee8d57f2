using System.Text.Json;
using Plumbline.Rollouts;
using Plumbline.Statistics;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Rollouts;

public sealed class UnitSampleTests
{
    [Fact]
    public void Sum_UnitsSeenByManyInAnyOrder_EachOnce()
    {
        var random = new RandomSource(3);
        ulong[] units = [.. Enumerable.Range(0, 30_000).Select(_ => random.NextUInt64())];
        var whole = UnitSample.Of(0, units);
        whole.Level.ShouldBeGreaterThan(0);
        whole.Hashes.Count.ShouldBeLessThanOrEqualTo(UnitSample.Most);
        whole.Estimate.ShouldBe(30_000, 3_000);
        // Three servers, each of which saw half of them.
        var servers = Enumerable.Range(0, 3).Select(server => UnitSample.Of(0, units.Where((_, i) => i % 3 != server).OrderDescending())).ToArray();
        var summed = UnitSample.Sum(UnitSample.Sum(servers[0], servers[1]), servers[2]);
        Json(summed).ShouldBe(Json(whole));
        Json(UnitSample.Sum(servers[2], UnitSample.Sum(servers[1], servers[0]))).ShouldBe(Json(whole));
        Json(UnitSample.Sum(summed, servers[0])).ShouldBe(Json(whole), "again is the same");
        whole.Except(summed).Hashes.ShouldBeEmpty();
        Json(UnitSample.Sum(servers[0], whole.Except(servers[0]))).ShouldBe(Json(whole));
    }

    [Fact]
    public void Json_AnySample_ComesBack()
    {
        var sample = UnitSample.Of(2, [7, 1UL << 61, ulong.MaxValue]);
        Json(sample).ShouldBe("""{"level":2,"hashes":"AAAAAAAAAAcgAAAAAAAAAA=="}""");
        var read = JsonSerializer.Deserialize<VersionSums>($$"""{"unit_sample":{{Json(sample)}}}""", RolloutJson.Default.Options)!;
        Json(read.UnitSample).ShouldBe(Json(sample));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<VersionSums>("""{"unit_sample":{"level":64,"hashes":""}}""", RolloutJson.Default.Options));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<VersionSums>("""{"unit_sample":{"level":0,"hashes":"AAAA"}}""", RolloutJson.Default.Options));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.3, true)]
    public void Analyse_UsersWhoComeAgain_TheRatioIsThatOfUsers(double loss, bool isInvalid)
    {
        const int Runs = 50;
        SequenceErrors.Count(Runs, 17, random => Run(random, loss) == AbVerdict.Invalid).ShouldBeInRange(isInvalid ? Runs - 1 : 0, isInvalid ? Runs : 1);
    }

    /// <summary>Users of whom few send most requests, seen by two servers, who tell of them again and again.</summary>
    private static AbVerdict Run(RandomSource random, double loss)
    {
        var definition = new RolloutDefinition("ab", RolloutKind.Ab, "m/1", [new("m/2", 0.5)]) { Test = new AbTest(RolloutMetric.Accuracy, 0.05, 1_000_000) };
        var state = RolloutAnalysis.Begin(definition, SimulatedRollout.Start);
        ulong[] users = [.. Enumerable.Range(0, 6000).Select(_ => random.NextUInt64())];
        var lost = users.Where(user => user % 2 == 1 && random.NextDouble() < loss).ToHashSet();
        for (var minute = 0; minute < 12; minute++)
        {
            var (from, until) = (SimulatedRollout.Start.AddMinutes(minute), SimulatedRollout.Start.AddMinutes(minute + 1));
            ulong[] seen = [.. Enumerable.Range(0, 3000).Select(_ => users[Math.Min(users.Length - 1, (int)(users.Length * random.NextDouble() * random.NextDouble()))]).Where(user => !lost.Contains(user))];
            var measured = new[] { "a", "b" }.SelectMany(server => new[] { ("m/1", 0UL), ("m/2", 1UL) }.Select(arm => new Measurement(
                arm.Item1, server, from, until, false, new VersionSums { UnitSample = UnitSample.Of(0, seen.Where(user => user % 2 == arm.Item2)), Requests = seen.Length })));
            var decision = RolloutAnalysis.Analyse(definition, state, measured, until);
            state = decision.State;
            if (decision.Test!.Verdict == AbVerdict.Invalid)
                return AbVerdict.Invalid;
        }
        return AbVerdict.Undecided;
    }

    private static string Json(UnitSample sample) => JsonSerializer.Serialize(sample, RolloutJson.Default.Options);
}
