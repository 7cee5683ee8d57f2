using Plumbline.Rollouts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Rollouts;

/// <summary>A rollout on simulated traffic, analysed every minute. Its clock is simulated, too.</summary>
internal sealed class SimulatedRollout(RolloutDefinition definition, SimulatedVersion[] versions, int requestsAMinute, ulong seed)
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly RandomSource _random = new(seed);

    public RolloutState State { get; private set; } = RolloutAnalysis.Begin(definition, Start);

    public List<RolloutDecision> Decisions { get; } = [];

    public RolloutDecision Last => Decisions[^1];

    public int Minutes { get; private set; }

    /// <param name="replay">Requests a minute that both versions answer again.</param>
    public SimulatedRollout Run(int minutes, int replay = 0)
    {
        for (var end = Minutes + minutes; Minutes < end && State.Phase == RolloutPhase.Running;)
        {
            var (from, until) = (Start.AddMinutes(Minutes), Start.AddMinutes(++Minutes));
            var measurements = new List<Measurement>();
            foreach (var version in versions)
            {
                var candidate = definition.Candidates.ToList().FindIndex(one => one.Version == version.Name);
                var weight = candidate < 0 ? 1 - State.Weights.Sum() : State.Weights[candidate];
                measurements.Add(new Measurement(version.Name, "server-1", from, until, false, version.Answer(_random, Binomial.Draw(_random, requestsAMinute, weight))));
                if (replay > 0)
                    measurements.Add(new Measurement(version.Name, "server-1", from, until, true, version.Answer(_random, replay)));
            }
            Decisions.Add(RolloutAnalysis.Analyse(definition, State, measurements, until));
            State = Last.State;
        }
        return this;
    }
}
