using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Importance;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Importance;

public sealed class PedAnovaTests
{
    private static readonly SearchSpace Space = new([
        new FloatParameter("idle", 0, 1), new FloatParameter("weak", 0, 1), new CategoricalParameter("k", ["a", "b", "c"]), new FloatParameter("strong", 1e-4, 1, Log: true),
        new IntParameter("n", 1, 20) { When = new("k", ["b"]) },
    ]);

    [Theory]
    [InlineData(StudyDirection.Minimize, true)]
    [InlineData(StudyDirection.Maximize, true)]
    [InlineData(StudyDirection.Minimize, false)]
    public void Of_KnownFunction_RanksItsParameters(StudyDirection direction, bool isRandom)
    {
        var sign = direction == StudyDirection.Minimize ? 1 : -1;
        var trials = Trials(isRandom ? new RandomSampler() : new TpeSampler(), direction, p => sign * (
            (0.2 * Math.Pow(p["weak"].AsDouble() - 0.3, 2)) + Math.Pow(Math.Log10(p["strong"].AsDouble()) + 2, 2) + (p["k"].AsString() == "a" ? 0 : 0.3)));
        var importances = PedAnova.Of(Space, trials, [direction]);
        importances.Sum(importance => importance.Share).ShouldBe(1, 1e-12);
        importances[0].Name.ShouldBe("strong");
        importances.Single(importance => importance.Name == "idle").Share.ShouldBeLessThan(0.15);
        importances.Single(importance => importance.Name == "n").Share.ShouldBeLessThan(0.15);
    }

    [Fact]
    public void Of_FewTrials_IsEmpty() => PedAnova.Of(Space, Trials(new RandomSampler(), StudyDirection.Minimize, _ => 1).Take(9), [StudyDirection.Minimize]).ShouldBeEmpty();

    [Theory]
    [InlineData(10, 5)]
    [InlineData(50, 5)]
    [InlineData(51, 6)]
    [InlineData(300, 30)]
    public void BestOf_Trials_IsATenthButAtLeastFive(int trials, int best) => PedAnova.BestOf(trials).ShouldBe(best);

    [Fact]
    public void Of_EqualValues_IsDefined() =>
        PedAnova.Of(Space, Trials(new RandomSampler(), StudyDirection.Minimize, _ => 1), [StudyDirection.Minimize]).ShouldAllBe(importance => importance.Share >= 0 && importance.Share <= 1);

    private static List<Trial> Trials(Sampler sampler, StudyDirection direction, Func<TrialParameters, double> value)
    {
        var suggester = sampler.Begin(Space, [direction]);
        var trials = new List<Trial>();
        while (trials.Count < 300)
        {
            var parameters = suggester.Ask(trials.Count, [], RandomSource.Fork(2, (ulong)trials.Count))!;
            trials.Add(new Trial(trials.Count, TrialState.Complete, parameters, [value(parameters)], []));
            suggester.Tell(trials[^1]);
        }
        return trials;
    }
}
