using System.Security.Cryptography;
using System.Text;
using Plumbline.Inference.Routing;
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
        var versions = definition.Candidates.Select(candidate => candidate.Version).Append(definition.Stable).ToArray();
        var router = new TrafficRouter(
            definition.Salt ?? definition.Name,
            [.. versions.Zip(state.Weights.Append(1 - state.Weights.Sum()), (version, share) => (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(version))), share))]);
        for (var minute = 0; minute * Look < users && (decision is null || (state.Phase == RolloutPhase.Running && !decision.Test!.HasEnded)); minute++)
        {
            var arms = versions.Select(version => new Arm(version, accuracies[version])).ToArray();
            for (var user = 0; user < Look; user++)
            {
                var hash = router.Hash(BitConverter.GetBytes(_random.NextUInt64()));
                var arm = arms[router.Choose(hash)];
                if (arm != arms[^1] && _random.NextDouble() < Loss)
                    continue;
                arm.Answer(_random, TrafficRouter.GroupOf(hash), RowsEach, Spread);
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
        private readonly (long Rows, long Right)[] _groups = new (long, long)[TrafficRouter.Groups];
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
