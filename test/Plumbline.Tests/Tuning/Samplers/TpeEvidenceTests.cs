using FsCheck;
using FsCheck.Xunit;
using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class TpeEvidenceTests
{
    private static readonly SearchSpace Line = new([new FloatParameter("x", 0, 1)]);

    [Property(MaxTest = 200)]
    public void Split_AnyHistory_IsThatOfSorting(PositiveInt seed, bool isMaximized)
    {
        var random = new RandomSource((ulong)seed.Get);
        var evidence = new TpeEvidence(1);
        var observations = new List<Observation>();
        for (var count = random.NextInt32(250); observations.Count < count;)
        {
            var trial = new Trial(observations.Count, (TrialState)(2 + random.NextInt32(3)), new([new("x", random.NextDouble())]), [random.NextInt32(50)], []);
            if (trial.State != TrialState.Complete)
                trial = trial with { Values = [], Intermediate = random.NextInt32(4) == 0 ? [] : [new(1 + random.NextInt32(5), random.NextInt32(9))] };
            observations.Add(new Observation(trial, observations.Count, Line, [isMaximized ? StudyDirection.Maximize : StudyDirection.Minimize]));
            evidence.Add(observations[^1]);
        }
        double[][] running = [[0.25], [0.5]];
        var (good, others) = evidence.Split(running);
        var best = observations.OrderBy(observation => observation.State).ThenBy(observation => observation, Comparer<Observation>.Default)
            .Take((int)Math.Min(Math.Ceiling(0.15 * observations.Count), 25)).Where(observation => observation.State != TrialState.Failed).ToHashSet();
        good.ShouldBe(observations.Where(best.Contains).Select(observation => observation.Units));
        others.ShouldBe([.. observations.Where(observation => !best.Contains(observation)).Select(observation => observation.Units), .. running]);
    }

    [Fact]
    public void Observation_OfEveryState_StandInTheirOrder()
    {
        Observation[] ranked =
        [
            Of(TrialState.Complete, [0.9]), Of(TrialState.Complete, [0.1]), Of(TrialState.Pruned, [], (3, 0.2)), Of(TrialState.Pruned, [], (2, 0.8)),
            Of(TrialState.Pruned, [], (2, 0.7)), Of(TrialState.Pruned, [], (9, double.NaN)), Of(TrialState.Failed, []),
        ];
        ranked.Reverse().Order().ShouldBe(ranked);

        static Observation Of(TrialState state, double[] values, params (int Step, double Value)[] intermediate) =>
            new(new Trial(0, state, new([new("x", 0.5)]), values, [.. intermediate.Select(value => new IntermediateValue(value.Step, value.Value))]), 0, Line, [StudyDirection.Maximize]);
    }
}
