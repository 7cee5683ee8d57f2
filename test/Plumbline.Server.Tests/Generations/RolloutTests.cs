using System.Text.Json;
using Plumbline.Inference.Routing;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Server.Tests.Admission;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Generations;

/// <summary>Rollouts decided by what a real server measures.</summary>
public sealed class RolloutTests : IAsyncLifetime
{
    private static readonly string[] Texts = ["awful waste story", "dull slow boring", "average fine mixed", "good nice solid", "wonderful perfect loved", "brilliant refund"];

    private readonly TemporaryFolder _folder = new();
    private Deployed _deployed = null!;
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _deployed = await Deployed.WithChampionAsync(TestBundle.Directory, TestBundle.Flipped);
        _server = await RunningServer.StartAsync(_deployed.Options);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _deployed.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Canary_KeepsItsLimits_IsPromotedStepByStep()
    {
        await _deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2, LeastSamples = 20 }), "tests", "", Token);
        var rollout = await UnderTrafficAsync();
        rollout.State.Phase.ShouldBe(RolloutPhase.Promoted, string.Join('\n', rollout.State.Journal.SelectMany(entry => entry.Reasons)));
        rollout.State.StepStarts.Count.ShouldBe(2);
        _deployed.Registry.Resolve("reviews@champion").Version.ShouldBe(2);
        (await _deployed.Plans.GetAsync("reviews", Token)).Plan.Candidates.ShouldBeEmpty();
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("version").GetString() == "reviews/2");
        rollout.State.Journal[^1].Reasons.ShouldNotBeEmpty();
        var events = (await _deployed.EventsAsync("up")).Select(e => e.Action).ToArray();
        events.ShouldBe(["rollout.started", "rollout.advance", "rollout.promote"]);
    }

    [Fact]
    public async Task Canary_BreaksALimit_IsRolledBackAndTheReasonKept()
    {
        await _deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.ConfidenceShift, Most = 0.0001, LeastSamples = 20 }), "tests", "", Token);
        var rollout = await UnderTrafficAsync();
        rollout.State.Phase.ShouldBe(RolloutPhase.RolledBack);
        rollout.State.Journal[^1].Reasons.ShouldContain(reason => reason.Contains("confidence", StringComparison.Ordinal));
        _deployed.Registry.Resolve("reviews@champion").Version.ShouldBe(1);
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 1);
        (await _server.PredictAsync("""{"text":"fine"}""")).Json.GetProperty("version").GetString().ShouldBe("reviews/1");
    }

    [Fact]
    public async Task Canary_MeasurementsCannotBeKept_SaidAndSentLater()
    {
        _deployed.IsFull = true;
        await _deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2, LeastSamples = 20 }), "tests", "", Token);
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("warnings").GetRawText().Contains("what is measured for the rollout cannot be kept", StringComparison.Ordinal));
        (await _server.GetAsync("/readiness")).Json.GetProperty("revision").GetInt64().ShouldBe(1);
        _deployed.IsFull = false;
        (await UnderTrafficAsync()).State.Phase.ShouldBe(RolloutPhase.Promoted);
        await Deployed.UntilAsync(async () => (await _server.GetAsync("/readiness")).Json.GetProperty("warnings").GetArrayLength() == 0);
    }

    [Fact]
    public async Task Canary_GraphWhoseOutputsAreNoProbabilities_MeasuredAllTheSame()
    {
        string[] graphs = [_folder.File(new string('a', 64)), _folder.File(new string('b', 64))];
        SlowGraph.Write(graphs[0], perCall: 0, perText: 0);
        SlowGraph.Write(graphs[1], perCall: 0, perText: 0, good: 1.5f);
        await using var deployed = await Deployed.WithChampionAsync(graphs);
        await using var server = await RunningServer.StartAsync(deployed.Options);
        await deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2, LeastSamples = 1000 }), "tests", "", Token);
        await Deployed.UntilAsync(async () => (await server.GetAsync("/readiness")).Json.GetProperty("traffic").GetArrayLength() == 2);
        for (var user = 0; user < 50; user++)
            (await server.PredictAsync(JsonSerializer.Serialize(new { text = "fine", entities = new { user = $"u{user}" } }))).Status.ShouldBe(200);
        await Deployed.UntilAsync(async () => (await deployed.Rollouts.GetAsync("up", Token)).State.Totals.Sum(totals => totals.Sums.Requests) == 50);
        (await deployed.Rollouts.GetAsync("up", Token)).State.Totals.Single(totals => totals.Version == "reviews/2").Sums.Confidence.Mean.ShouldBe(1);
    }

    [Fact]
    public async Task Canary_WithoutTraffic_Holds()
    {
        await _deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2 }), "tests", "", Token);
        await Deployed.UntilAsync(async () => (await _deployed.Rollouts.GetAsync("up", Token)).State.Journal is [.., { Analyses: > 3, Action: RolloutAction.Hold }]);
        var state = (await _deployed.Rollouts.GetAsync("up", Token)).State;
        (state.Phase, state.Step).ShouldBe((RolloutPhase.Running, 0));
        state.Journal[^1].Verdicts.ShouldAllBe(verdict => verdict.Outcome == GateOutcome.Inconclusive);
    }

    [Fact]
    public async Task Start_WhileOneRuns_Refused_AndPlansAreItsOwn()
    {
        var gate = new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2 };
        await Refused(MetadataError.Conflict, () => _deployed.Rollouts.StartAsync(Canary(gate) with { Stable = "reviews/2", Candidates = [new("reviews/1")] }, "tests", "", Token));
        await _deployed.Rollouts.StartAsync(Canary(gate), "tests", "", Token);
        await Refused(MetadataError.Conflict, () => _deployed.Rollouts.StartAsync(Canary(gate) with { Name = "again" }, "tests", "", Token));
        await Refused(MetadataError.Conflict, () => _deployed.PlanAsync(new TrafficPlan()));
        await _deployed.Rollouts.AbortAsync("up", "tests", "it is late", cancellation: Token);
        await _deployed.PlanAsync(new TrafficPlan { Salt = "new" });
        (await _deployed.Rollouts.GetAsync("up", Token)).State.Phase.ShouldBe(RolloutPhase.RolledBack);
        await Refused(MetadataError.Conflict, () => _deployed.Rollouts.StartAsync(Canary(gate), "tests", "", Token));
        await Refused(MetadataError.NotFound, () => _deployed.Rollouts.GetAsync("down", Token));
    }

    [Fact]
    public async Task Promote_AnotherVersionMeanwhile_TheRolloutEnds()
    {
        await _deployed.Rollouts.StartAsync(Canary(new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.2 }), "tests", "", Token);
        await _deployed.PromoteAsync(2);
        await Deployed.UntilAsync(async () => (await _deployed.Rollouts.GetAsync("up", Token)).State.Phase == RolloutPhase.RolledBack);
        (await _deployed.Rollouts.GetAsync("up", Token)).State.Journal[^1].Reasons.ShouldContain(reason => reason.Contains("has reviews/2 as its stable version", StringComparison.Ordinal));
        _deployed.Registry.Resolve("reviews@champion").Version.ShouldBe(2);
    }

    private static RolloutDefinition Canary(RolloutGate gate) => new("up", RolloutKind.Canary, "reviews/1", [new("reviews/2")])
    {
        Unit = RolloutUnit.User,
        Gates = [gate],
        Steps = [new CanaryStep(0.3), new CanaryStep(0.6)],
    };

    /// <summary>Users ask until the rollout has ended.</summary>
    private async Task<StoredRollout> UnderTrafficAsync()
    {
        for (var user = 0; ; user++)
        {
            var answer = await _server.PredictAsync(JsonSerializer.Serialize(new { texts = new[] { Texts[user % Texts.Length] }, entities = new { user = new[] { $"u{user}" } } }));
            answer.Status.ShouldBe(200, answer.Body);
            if (user % 50 == 0 && await _deployed.Rollouts.GetAsync("up", Token) is { State.Phase: not RolloutPhase.Running } ended)
                return ended;
        }
    }

    private static async Task Refused(MetadataError error, Func<Task> call) => (await Should.ThrowAsync<MetadataException>(call)).Error.ShouldBe(error);
}
