using System.Text.Json;
using FsCheck.Xunit;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Tests.Rollouts;

public sealed class RolloutAnalysisTests
{
    private static readonly RolloutDefinition Canary = new("r", RolloutKind.Canary, "m/1", [new("m/2")])
    {
        Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.3, LeastSamples = 20 }],
        Steps = [new(0.1), new(0.2, TimeSpan.FromMinutes(3)), new(0.5, TimeSpan.FromMinutes(9)), new(1)],
    };

    [Property]
    public void Analyse_WindowsInAnyPortions_CountsEachOnce(byte[] requests, byte portion)
    {
        var windows = Windows(requests);
        var until = SimulatedRollout.Start.AddMinutes(requests.Length + 1);
        // Without samples enough for a verdict, so that all stays in one step.
        var definition = Canary with { Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.3, LeastSamples = long.MaxValue }] };
        var whole = RolloutAnalysis.Analyse(definition, RolloutAnalysis.Begin(definition, SimulatedRollout.Start), windows, until).State;
        var state = RolloutAnalysis.Begin(definition, SimulatedRollout.Start);
        foreach (var chunk in windows.Chunk((portion % 5) + 1))
        {
            state = RolloutAnalysis.Analyse(definition, state, chunk, until).State;
            // A server that did not hear the answer sends again.
            state = RolloutAnalysis.Analyse(definition, state, chunk.Reverse(), until).State;
        }
        JsonSerializer.Serialize(state with { Journal = [], Time = until }, RolloutJson.Default.RolloutState)
            .ShouldBe(JsonSerializer.Serialize(whole with { Journal = [], Time = until }, RolloutJson.Default.RolloutState));
    }

    [Property]
    public void Analyse_AnyTrafficAndClock_OnlyMovesOnOrBack(byte[] requests, sbyte[] clock)
    {
        var state = RolloutAnalysis.Begin(Canary, SimulatedRollout.Start);
        var windows = Windows(requests);
        for (var i = 0; i < windows.Length; i++)
        {
            var before = state;
            var now = SimulatedRollout.Start.AddMinutes(i + (clock.Length == 0 ? 0 : clock[i % clock.Length] / 8.0));
            var decision = RolloutAnalysis.Analyse(Canary, state, [windows[i]], now);
            state = decision.State;
            state.Time.ShouldBeGreaterThanOrEqualTo(before.Time);
            (state.Step - before.Step).ShouldBeInRange(0, 1);
            state.Weights[0].ShouldBe(state.Phase switch { RolloutPhase.Promoted => 1, RolloutPhase.RolledBack => 0, _ => Canary.Steps[state.Step].Weight });
            (decision.Action == RolloutAction.Hold).ShouldBe((state.Phase, state.Step) == (before.Phase, before.Step));
            decision.Reasons.ShouldNotBeEmpty();
        }
    }

    /// <summary>Of two servers in turn, whose requests fail by half where their number is odd.</summary>
    private static Measurement[] Windows(byte[] requests) =>
    [
        .. requests.Select((count, minute) => new Measurement(
            minute % 3 == 0 ? "m/1" : "m/2", $"server-{minute % 2}", SimulatedRollout.Start.AddMinutes(minute), SimulatedRollout.Start.AddMinutes(minute + 1), false,
            VersionSums.None with { Requests = count, Errors = count % 2 * (count / 2) })),
    ];
}
