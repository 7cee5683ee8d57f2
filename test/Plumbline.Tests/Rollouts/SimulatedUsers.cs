using Plumbline.Rollouts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Rollouts;

/// <summary>Users of an A/B test, assigned as the router assigns them, who each send some rows that feedback comes for. Looked at after every thousand users.</summary>
internal sealed class SimulatedUsers(RolloutDefinition definition, IReadOnlyDictionary<string, double> accuracies, ulong seed)
{
    private const int Look = 1000;

    private readonly RandomSource _random = new(seed);

    /// <summary>Rows of one user.</summary>
    public int RowsEach { get; init; } = 1;

    /// <summary>How far users differ: each is right with a probability drawn that far about the version's.</summary>
    public double Spread { get; init; }

    /// <summary>Whether sums are kept by group of users.</summary>
    public bool KeepsGroups { get; init; }

    /// <summary>Share of the candidate's users that are lost.</summary>
    public double Loss { get; init; }

    public RolloutDecision Run(int users)
    {
        var (state, decision) = (RolloutAnalysis.Begin(definition, SimulatedRollout.Start), default(RolloutDecision));
        var assignment = new Assignment(definition.Salt ?? definition.Name, state.Weights);
        for (var minute = 0; minute * Look < users && (decision is null || (state.Phase == RolloutPhase.Running && !decision.Test!.HasEnded)); minute++)
        {
            var arms = definition.Candidates.Select(candidate => candidate.Version).Append(definition.Stable).Select(version => new Arm(version, accuracies[version])).ToArray();
            for (var user = 0; user < Look; user++)
            {
                var hash = assignment.Hash(BitConverter.GetBytes(_random.NextUInt64()));
                var arm = assignment.Choose(hash) is var candidate && candidate == Assignment.Stable ? arms[^1] : arms[candidate];
                if (candidate != Assignment.Stable && _random.NextDouble() < Loss)
                    continue;
                arm.Answer(_random, Assignment.Group(hash), RowsEach, Spread);
            }
            var (from, until) = (SimulatedRollout.Start.AddMinutes(minute), SimulatedRollout.Start.AddMinutes(minute + 1));
            decision = RolloutAnalysis.Analyse(definition, state, arms.Select(arm => new Measurement(arm.Version, "server-1", from, until, false, arm.Sums(KeepsGroups))), until);
            state = decision.State;
        }
        return decision!;
    }

    private sealed class Arm(string version, double accuracy)
    {
        private static readonly string[] Labels = ["bad", "good"];

        private readonly long[] _cells = new long[4];
        private readonly (long Rows, long Right)[] _groups = new (long, long)[Assignment.Groups];
        private long _users;

        public string Version => version;

        public void Answer(RandomSource random, int group, int rows, double spread)
        {
            _users++;
            var mine = Math.Clamp(accuracy + (spread * ((2 * random.NextDouble()) - 1)), 0, 1);
            for (var row = 0; row < rows; row++)
            {
                var (truth, isRight) = (random.NextDouble() < 0.4 ? 0 : 1, random.NextDouble() < mine);
                _cells[(truth * 2) + (isRight ? truth : 1 - truth)]++;
                _groups[group] = (_groups[group].Rows + 1, _groups[group].Right + (isRight ? 1 : 0));
            }
        }

        public VersionSums Sums(bool keepsGroups) => new()
        {
            Units = _users,
            Requests = _cells.Sum(),
            Confusion = [.. _cells.Select((rows, cell) => new LabelPair(Labels[cell / 2], Labels[cell % 2], rows))],
            FeedbackGroups = keepsGroups ? [.. _groups.Select((sums, group) => new GroupSums(group, sums.Rows, sums.Right)).Where(sums => sums.Count > 0)] : [],
        };
    }
}
