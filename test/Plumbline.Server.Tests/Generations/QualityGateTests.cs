using System.Text.Json;
using Plumbline.Inference.Logging;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Server.Tests.Generations;

/// <summary>Canaries judged by what callers say was true, and by logged requests answered again, at a real server.</summary>
public sealed class QualityGateTests
{
    private static readonly string[] Texts = ["awful waste boring story", "dull weak slow story", "average okay mixed story", "good solid nice story", "wonderful brilliant perfect story"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Canary_WorseByFeedback_RolledBackWithTheScores()
    {
        await using var deployed = await Deployed.WithChampionAsync(TestBundle.Directory, TestBundle.Flipped);
        await using var server = await RunningServer.StartAsync(deployed.Logging);
        await deployed.Rollouts.StartAsync(Canary(Accuracy), "tests", "", Token);
        var rollout = await UnderFeedbackAsync(deployed, server);
        rollout.State.Phase.ShouldBe(RolloutPhase.RolledBack);
        var reason = rollout.State.Journal[^1].Reasons.Single();
        reason.ShouldContain("reviews/2 fails: accuracy");
        reason.ShouldContain("labelled rows");
        deployed.Registry.Resolve("reviews@champion").Version.ShouldBe(1);
    }

    [Fact]
    public async Task Canary_BetterByFeedback_Promoted()
    {
        await using var deployed = await Deployed.WithChampionAsync(TestBundle.Flipped, TestBundle.Directory);
        await using var server = await RunningServer.StartAsync(deployed.Logging);
        await deployed.Rollouts.StartAsync(Canary(Accuracy), "tests", "", Token);
        var rollout = await UnderFeedbackAsync(deployed, server);
        rollout.State.Phase.ShouldBe(RolloutPhase.Promoted, string.Join('\n', rollout.State.Journal.SelectMany(entry => entry.Reasons)));
        rollout.State.Journal[^1].Reasons.Single().ShouldContain("accuracy");
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("version").GetString() == "reviews/2");
    }

    [Fact]
    public async Task Canary_WithoutFeedback_HoldsAndSaysWhatIsMissing()
    {
        await using var deployed = await Deployed.WithChampionAsync(TestBundle.Directory, TestBundle.Flipped);
        await using var server = await RunningServer.StartAsync(deployed.Logging);
        await deployed.Rollouts.StartAsync(Canary(Accuracy), "tests", "", Token);
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        for (var user = 0; user < 100; user++)
            await PredictAsync(server, user);
        await Deployed.UntilAsync(async () => (await deployed.Rollouts.GetAsync("up", Token)).State.Totals.Sum(totals => totals.Sums.Requests) == 100);
        await Deployed.UntilAsync(async () => (await deployed.Rollouts.GetAsync("up", Token)).State.Journal is [.., { Action: RolloutAction.Hold }]);
        var state = (await deployed.Rollouts.GetAsync("up", Token)).State;
        (state.Phase, state.Step).ShouldBe((RolloutPhase.Running, 0));
        state.Journal[^1].Reasons.ShouldContain("accuracy: 0 of 100 labelled rows, too few to judge");
        var arms = state.Totals.ToDictionary(totals => totals.Version, totals => totals.Sums);
        arms.Values.Sum(sums => sums.UnitSample.Hashes.Count).ShouldBe(100, "each user is a unit");
        arms.Values.ShouldAllBe(sums => sums.Confidence.Groups.Count > 1 && sums.ErrorGroups.Sum(group => group.Count) == sums.Requests);
    }

    [Theory]
    [InlineData(0.05, RolloutPhase.RolledBack)]
    [InlineData(1, RolloutPhase.Promoted)]
    public async Task Canary_WithoutTraffic_JudgedOnWhatWasLogged(double most, RolloutPhase phase)
    {
        await using var deployed = await Deployed.WithChampionAsync(TestBundle.Directory, TestBundle.Flipped);
        await using var server = await RunningServer.StartAsync(deployed.Logging);
        for (var user = 0; user < 200; user++)
            await PredictAsync(server, user);
        var all = new PredictionQuery(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        await Deployed.UntilAsync(() => Task.FromResult(PredictionLogReader.Read(deployed.Predictions, all).Count() == 200));
        var gate = new RolloutGate { Kind = GateKind.Disagreement, Most = most, LeastSamples = 100 };
        await deployed.Rollouts.StartAsync(Canary(gate) with { Replay = TimeSpan.FromHours(1) }, "tests", "", Token);
        await Deployed.UntilAsync(async () => (await deployed.Rollouts.GetAsync("up", Token)).State.Phase != RolloutPhase.Running);
        var state = (await deployed.Rollouts.GetAsync("up", Token)).State;
        state.Phase.ShouldBe(phase);
        var verdict = state.Journal[^1].Verdicts.Single();
        (verdict.Replayed, verdict.Explanation.EndsWith("on replayed traffic", StringComparison.Ordinal)).ShouldBe((true, true), verdict.Explanation);
        var replayed = state.Totals.Where(totals => totals.Replayed && totals.Step == 0).ToDictionary(totals => totals.Version, totals => totals.Sums);
        replayed["reviews/2"].Requests.ShouldBe(verdict.Samples);
        replayed["reviews/1"].Predicted.Values.Sum().ShouldBe(verdict.Samples);
        replayed["reviews/2"].Compared.Examples.Count.ShouldBeInRange(1, ComparedSums.MostExamples);
        replayed["reviews/2"].OutputDrift!.Value.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Canary_OthersLogToTheSameFolder_JudgedOnItsOwnModelsRequests()
    {
        await using var deployed = await Deployed.WithChampionAsync(TestBundle.Directory, TestBundle.Flipped);
        await using (var others = await RunningServer.StartAsync(RunningServer.Options with { ModelName = "reviews-of-others", PredictionLog = deployed.Logging.PredictionLog }))
        {
            for (var user = 0; user < 30; user++)
                await PredictAsync(others, user);
        }
        await using var server = await RunningServer.StartAsync(deployed.Logging);
        for (var user = 0; user < 20; user++)
            await PredictAsync(server, user);
        var all = new PredictionQuery(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        await Deployed.UntilAsync(() => Task.FromResult(PredictionLogReader.Read(deployed.Predictions, all).Count() == 50));
        await deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.Disagreement, Most = 1, LeastSamples = 1000 }) with { Replay = TimeSpan.FromHours(1) }, "tests", "", Token);
        VersionTotals[] replayed = [];
        await Deployed.UntilAsync(async () => (replayed = [.. (await deployed.Rollouts.GetAsync("up", Token)).State.Totals.Where(totals => totals.Replayed)]).Length > 0);
        replayed.Select(totals => totals.Sums.Requests).ShouldBe([20, 20]);
    }

    private static RolloutGate Accuracy => new() { Kind = GateKind.Accuracy, Margin = 0.05, LeastSamples = 100 };

    private static RolloutDefinition Canary(RolloutGate gate) => new("up", RolloutKind.Canary, "reviews/1", [new("reviews/2")]) { Unit = RolloutUnit.User, Gates = [gate], Steps = [new CanaryStep(0.5)] };

    /// <summary>Users ask, and say what was true, until the rollout has ended.</summary>
    private static async Task<StoredRollout> UnderFeedbackAsync(Deployed deployed, RunningServer server)
    {
        for (var user = 0; ; user++)
        {
            var id = await PredictAsync(server, user);
            (await server.PostAsync("/v1/feedback", JsonSerializer.Serialize(new { prediction_id = id, label = $"{(user % Texts.Length) + 1}" }))).Status.ShouldBe(200);
            if (user % 50 != 0 || await deployed.Rollouts.GetAsync("up", Token) is not { } rollout)
                continue;
            if (rollout.State.Phase != RolloutPhase.Running)
                return rollout;
            user.ShouldBeLessThan(10_000, string.Join('\n', rollout.State.Journal.TakeLast(1).SelectMany(entry => entry.Reasons)));
        }
    }

    private static async Task<string> PredictAsync(RunningServer server, int user)
    {
        var answer = await server.PredictAsync(JsonSerializer.Serialize(new { text = Texts[user % Texts.Length], entities = new { user = $"u{user}" } }));
        answer.Status.ShouldBe(200, answer.Body);
        return answer.Json.GetProperty("prediction_id").GetString()!;
    }
}
