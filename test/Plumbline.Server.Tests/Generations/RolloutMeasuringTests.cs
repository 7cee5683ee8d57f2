using Plumbline.Inference;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Generations;

public sealed class RolloutMeasuringTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task TrySend_ClockSetBack_MeasuredAllTheSameAndCountedInTheRollout()
    {
        var clock = new Clock { Now = Start };
        var state = new ServerState(clock);
        var metrics = new ServerMetrics(state);
        var model = new ServedModel(Predictor.Load(TestBundle.Directory), "reviews", 1, metrics);
        var options = new DeploymentOptions { Model = "reviews", Open = () => throw new InvalidOperationException(), Measure = TimeSpan.Zero };
        var measuring = new RolloutMeasuring(options, state, "process", clock);
        await using var kept = new Kept();
        var planned = new PlannedTraffic(1, new TrafficPlan(), new ModelVersion("reviews", 1, null, null, null, "", 0), [], [], []) { Rollout = "up" };
        var generation = new Generation(0, 1, TestBundle.Directory, model);
        state.Serve(Set(generation, measuring.Recorder(planned, model)));

        await FailAsync(minutes: 1);
        await FailAsync(minutes: -60);
        await FailAsync(minutes: 1);
        // A version that gets another part meanwhile begins anew.
        generation.Hold();
        var (old, next) = (state.Enter()!, Set(generation, measuring.Recorder(planned, model)));
        state.Serve(next);
        measuring.Replaced(old, next);
        old.Leave();
        await FailAsync(minutes: 1);

        kept.Measurements.Select(one => one.Sums.Errors).ShouldBe([1, 1, 1, 1]);
        var definition = new RolloutDefinition("up", RolloutKind.Canary, "reviews/1", [new("reviews/2")])
        {
            Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.1 }],
            Steps = [new CanaryStep(0.5)],
        };
        var decision = RolloutAnalysis.Analyse(definition, RolloutAnalysis.Begin(definition, Start), kept.Measurements, clock.Now);
        decision.State.Totals.Single().Sums.Errors.ShouldBe(4);
        state.Serve(null);

        async Task FailAsync(int minutes)
        {
            clock.Now = clock.Now.AddMinutes(minutes);
            var serving = state.Enter()!;
            serving.Stable.Recorder.Failed(unit: 1);
            serving.Leave();
            (await measuring.TrySendAsync(kept, "up", TestContext.Current.CancellationToken)).ShouldBeTrue();
        }
    }

    private static ServingSet Set(Generation generation, VersionRecorder recorder) => new(1, new TrafficPlan(), [new ServedArm(generation, 1, recorder)], []);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>Where measurements are sent to.</summary>
    private sealed class Kept : IDeploymentSource
    {
        public List<Measurement> Measurements { get; } = [];

        public Task<PlannedTraffic> ReadAsync(CancellationToken cancellation) => throw new InvalidOperationException();

        public Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation) => throw new InvalidOperationException();

        public Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation)
        {
            Measurements.AddRange(measurements);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
