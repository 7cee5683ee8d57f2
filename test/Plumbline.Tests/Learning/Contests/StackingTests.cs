using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Contests;

public sealed class StackingTests
{
    [Fact]
    public void Fit_EachModelKnowsOtherClasses_BetterThanEachAndThanVotes()
    {
        var (labels, models) = Models(1_500, 4, (label, model) => label / 2 == model ? 4 : 0.3);
        var stacking = Fit(models, labels, 4);
        var votes = EnsembleSelection.Select(models, labels, 4).ShouldNotBeNull();
        stacking.Contestant.Result.LogLoss.ShouldBeLessThan(votes.Contestant.Result.LogLoss);
        models.ShouldAllBe(model => stacking.Contestant.Result.MacroF1 > model.Contestant.Result.MacroF1);
        stacking.Stacking.ShouldNotBeNull().Weights.Length.ShouldBe(8);
        stacking.Contestant.Result.Candidate.ToString().ShouldBe("stacking of model0 + model1");
    }

    [Fact]
    public void Fit_FewRows_LabelsHaveNoWeightsOfTheirOwn()
    {
        var (labels, models) = Models(30, 5, (_, _) => 1);
        var stacking = Fit(models, labels, 5);
        stacking.Contestant.Result.Candidate.Parameters["penalty"].AsDouble().ShouldBeGreaterThanOrEqualTo(10);
        var weights = stacking.Stacking.ShouldNotBeNull();
        for (var member = 0; member < 2; member++)
        {
            var own = weights.Weights[(5 * member)..(5 * (member + 1))];
            (own.Max() - own.Min()).ShouldBeLessThan(0.1f);
            weights.Mean(member).ShouldBe(0.5f, 0.5f);
        }
    }

    [Fact]
    public void Fit_LabelsOfChance_IsJudgedByRowsItWasNotFittedOn()
    {
        var (labels, models) = Models(200, 4, (_, _) => 0);
        var result = Fit(models, labels, 4).Contestant.Result;
        // What chance gives, where in-sample scores would be below it.
        result.LogLoss.ShouldBeGreaterThan(Math.Log(4) - 0.02);
    }

    [Fact]
    public void Fit_LabelsOfChanceAndMembersWithBiases_IsJudgedByRowsThatNoBiasSaw()
    {
        var (labels, models) = Models(120, 12, (_, _) => 0, losesPrior: true);
        var result = Fit(models, labels, 12).Contestant.Result;
        result.LogLoss.ShouldBeGreaterThan(Math.Log(12) - 0.02);
        // A label's row changes nothing that says something of its fold.
        var folds = Folds(120);
        var others = labels.ToArray();
        for (var row = 0; row < others.Length; row++)
            others[row] = folds[row] == 3 ? (others[row] + 1) % 12 : others[row];
        models.ShouldAllBe(model => model.Without(3, labels, 12, folds).SequenceEqual(model.Without(3, others, 12, folds)));
    }

    [Fact]
    public void Fit_OneAndTwoThreads_SameBits()
    {
        var (labels, models) = Models(400, 3, (label, model) => label == model ? 2 : 0.5);
        var (one, two) = (Stacking.Fit(models, labels, 3, Folds(400), 1)!, Stacking.Fit(models, labels, 3, Folds(400), 2)!);
        one.Stacking!.Weights.ShouldBe(two.Stacking!.Weights);
        one.Stacking.Biases.ShouldBe(two.Stacking.Biases);
        one.Contestant.ValidScores.ShouldBe(two.Contestant.ValidScores);
    }

    [Fact]
    public void Fit_TooFewRows_None()
    {
        var (labels, models) = Models(9, 2, (_, _) => 1);
        Stacking.Fit(models, labels, 2, Folds(9), 1).ShouldBeNull();
    }

    private static EnsembleContestant Fit(CalibratedContestant[] models, int[] labels, int classes) => Stacking.Fit(models, labels, classes, Folds(labels.Length), 2).ShouldNotBeNull();

    private static int[] Folds(int rows) => CalibratedContestant.FoldsOf(rows, 42);

    /// <summary>Two models whose scores are noise, and of the own label so much more.</summary>
    private static (int[] Labels, CalibratedContestant[] Models) Models(int rows, int classes, Func<int, int, double> skill, bool losesPrior = false)
    {
        var random = new RandomSource(3);
        var labels = Enumerable.Range(0, rows).Select(_ => random.NextInt32(classes)).ToArray();
        var models = Enumerable.Range(0, 2).Select(model =>
        {
            var scores = labels.SelectMany(label => Enumerable.Range(0, classes).Select(k => (float)(random.NextGaussian() + (k == label ? skill(label, model) : 0)))).ToArray();
            return CalibratedContestant.Of(Contestant.Judge(new Candidate($"model{model}", TrialParameters.Empty), scores, labels, classes, losesPrior, steps: 1), labels, classes, Folds(rows));
        });
        return (labels, [.. models]);
    }
}
