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
    public void Begin_AContinuum_IsRefusedByName() =>
        Should.Throw<ArgumentException>(() => new GridSampler().Begin(new([new FloatParameter("c", 0, 1)]), [StudyDirection.Minimize])).Message
            .ShouldBe("c: a grid cannot have all numbers from 0 to 1; give it a step, or use another sampler.");
}
