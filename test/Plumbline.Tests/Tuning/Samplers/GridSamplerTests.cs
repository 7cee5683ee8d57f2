using FsCheck.Xunit;
using Plumbline.Statistics;
using Plumbline.Tests.Tuning.Spaces;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class GridSamplerTests
{
    private static readonly SearchSpace Space = new([
        new CategoricalParameter("k", ["lin", "tree"]), new FloatParameter("c", 0, 1, Step: 0.5) { When = new("k", ["lin"]) }, new IntParameter("d", 1, 4) { When = new("k", ["tree"]) },
        new CategoricalParameter("b", [true, false]),
    ]);

    [Fact]
    public async Task Run_WholeGrid_EachPointOnceThenExhausted()
    {
        var definition = new StudyDefinition { Name = "g", Space = Space, Sampler = new GridSampler(), Window = 3 };
        var storage = new MemoryStudyStorage();
        var study = await Study.OpenAsync(storage, definition, 1, TimeProvider.System);
        await study.EnqueueAsync(new([new("k", "tree"), new("d", 2), new("b", true)]));
        (await study.RunAsync(Value, new StudyBudget(Trials: 5))).ShouldBe(StudyEnd.TrialsSpent);
        study = await Study.OpenAsync(storage, definition, 2, TimeProvider.System);
        (await study.RunAsync(Value, new StudyBudget(Trials: 1000))).ShouldBe(StudyEnd.SpaceExhausted);
        study.Trials.Count.ShouldBe(14);
        study.Trials.Select(trial => trial.Parameters.ToString()).ShouldBeUnique();
        study.Trials[1].Parameters.ToString().ShouldBe("k=lin, c=0.0, b=true");

        static Task<IReadOnlyList<double>> Value(RunningTrial trial, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<double>>([trial.Number]);
    }

    [Fact]
    public void Ask_PointsOfNumbers_EvenlySpacedWithBothEnds()
    {
        var space = new SearchSpace(
            [new FloatParameter("c", 0.01, 100, Log: true), new IntParameter("n", 1, 1000), new IntParameter("few", 1, 2), new CategoricalParameter("k", [.. Enumerable.Range(0, 5)])]);
        var trials = All(new GridSampler { Points = 3 }, space);
        trials.Count.ShouldBe(3 * 3 * 2 * 5);
        double[] ratios = [0.01, 1, 100];
        trials.Select(trial => Math.Round(trial["c"].AsDouble(), 9)).Distinct().ShouldBe(ratios);
        trials.Select(trial => trial["n"].AsInt64()).Distinct().ShouldBe([1, 501, 1000]);
        trials.Select(trial => trial["few"].AsInt64()).Distinct().ShouldBe([1, 2]);
        All(new GridSampler { Points = 1 }, space).Select(trial => trial["n"].AsInt64()).Distinct().ShouldBe([501]);
        Should.Throw<ArgumentException>(() => All(new GridSampler { Points = 0 }, space)).Message.ShouldBe("points: 0 is below 1.");
    }

    [Property(Arbitrary = [typeof(RandomSpaces)])]
    public void Combinations_AnySpace_AsManyAsAreSuggested(SearchSpace space, byte points)
    {
        var grid = new GridSampler { Points = 1 + (points % 4) };
        var count = grid.Combinations(space);
        if (count <= 2_000)
            All(grid, space).Count.ShouldBe((int)count);
    }

    private static List<TrialParameters> All(GridSampler grid, SearchSpace space)
    {
        var suggester = grid.Begin(space, [StudyDirection.Minimize]);
        var trials = new List<TrialParameters>();
        while (suggester.Ask(trials.Count, [], new RandomSource(1)) is { } trial)
        {
            suggester.Tell(new Trial(trials.Count, TrialState.Complete, trial, [0], []));
            trials.Add(trial);
        }
        trials.ShouldBeUnique();
        return trials;
    }

    [Fact]
    public void Begin_AContinuum_IsRefusedByName() =>
        Should.Throw<ArgumentException>(() => new GridSampler().Begin(new([new FloatParameter("c", 0, 1)]), [StudyDirection.Minimize])).Message
            .ShouldBe("c: a grid cannot have all numbers from 0 to 1; give it a step, or use another sampler.");
}
