using FsCheck;
using FsCheck.Xunit;
using Plumbline.Statistics;
using Plumbline.Tests.Tuning.Spaces;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class SuggesterTests
{
    private static readonly Sampler[] Samplers =
    [
        new RandomSampler(), new TpeSampler { StartupTrials = 4 }, new TpeSampler { StartupTrials = 2, MultivariateShare = 1 }, new TpeSampler { StartupTrials = 2, MultivariateShare = 0 },
        new CmaEsSampler { Population = 4 }, new Nsga2Sampler { Population = 4 }, new GridSampler(),
    ];

    [Property(MaxTest = 25, Arbitrary = [typeof(RandomSpaces)])]
    public void Ask_AnySpaceAndHistory_IsAllowedAndRepeats(SearchSpace space, PositiveInt seed)
    {
        foreach (var sampler in Samplers)
        {
            if (sampler is GridSampler && space.Parameters.Any(parameter => parameter.Count is null))
                continue;
            var one = Suggestions(sampler, space, (ulong)seed.Get, 25, objectives: 1);
            one.ShouldBe(Suggestions(sampler, space, (ulong)seed.Get, 25, objectives: 1));
            var random = new RandomSource(1);
            foreach (var parameters in one.Concat(sampler is CmaEsSampler ? [] : Suggestions(sampler, space, (ulong)seed.Get, 15, objectives: 2)))
                space.Complete(parameters, TrialParameters.Empty, random).ShouldBe(parameters);
        }
    }

    /// <summary>A history with complete, pruned, failed and running trials.</summary>
    private static List<TrialParameters> Suggestions(Sampler sampler, SearchSpace space, ulong seed, int count, int objectives)
    {
        var directions = new[] { StudyDirection.Minimize, StudyDirection.Maximize }[..objectives];
        var suggester = sampler.Begin(space, directions);
        var random = new RandomSource(seed);
        var asked = new List<TrialParameters>();
        while (asked.Count < count)
        {
            var running = asked.TakeLast(2).ToArray();
            if (suggester.Ask(asked.Count, running, RandomSource.Fork(seed, (ulong)asked.Count)) is not { } parameters)
                break;
            asked.Add(parameters);
            if (asked.Count <= 2)
                continue;
            var number = asked.Count - 3;
            var value = random.NextDouble();
            var trial = new Trial(number, TrialState.Complete, asked[number], [.. Enumerable.Repeat(value, objectives)], []);
            suggester.Tell(random.NextInt32(4) switch
            {
                0 => trial with { State = TrialState.Pruned, Values = [], Intermediate = [new(1 + random.NextInt32(3), value)] },
                1 => trial with { State = TrialState.Failed, Values = [] },
                _ => trial,
            });
        }
        return asked;
    }
}
