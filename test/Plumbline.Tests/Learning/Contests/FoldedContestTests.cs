using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Resampling;
using Plumbline.Tuning;

namespace Plumbline.Tests.Learning.Contests;

public sealed class FoldedContestTests
{
    private static readonly TrainingOptions Options = GeneratedReviews.Options with
    {
        Features = GeneratedReviews.Features with { MaxFeatures = 500 },
        Families = ["logistic", "perceptron"],
        Contest = new ContestOptions { Trials = 4, Folds = 3 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_OneAndTwoThreads_SameModelAndReport()
    {
        var (one, two) = (Train(Options with { Threads = 1 }), Train(Options with { Threads = 2 }));
        one.Chosen.ShouldBe(two.Chosen);
        one.Contest!.Families.ShouldBe(two.Contest!.Families);
        one.Valid.Probabilities.ShouldBe(two.Valid.Probabilities);
        one.LearningCurve.ShouldBe(two.LearningCurve);
        foreach (var (section, other) in one.Parameters.Sections.Zip(two.Parameters.Sections))
            section.Values.Cast<object>().SequenceEqual(other.Values.Cast<object>()).ShouldBeTrue(section.Name);
    }

    [Fact]
    public async Task Train_Folds_EachIsReportedAndTheLastIsTheValue()
    {
        var studies = ContestStudies.InMemory(TimeProvider.System);
        var trained = Trainer.Train(GeneratedReviews.Data(3, 400), Options, studies: studies, cancellation: Token);
        for (var study = 0; study < 2; study++)
        {
            var trials = await studies.Storage.LoadTrialsAsync(study, Token);
            trials.Count.ShouldBe(4);
            foreach (var trial in trials.Where(trial => trial is { State: TrialState.Complete, CopyOf: null }))
            {
                trial.Intermediate.Select(value => value.Step).ShouldBe([1, 2, 3]);
                trial.Intermediate[^1].Value.ShouldBe(trial.Values[0]);
            }
        }
        trained.Contest!.Judged.ShouldBe("over 3 stratified folds");
        trained.Contest.Why.ShouldContain("over 3 stratified folds");
    }

    [Fact]
    public void Train_Folds_EvidenceAndBaselineAreOfAllRows()
    {
        var trained = Train(Options);
        (trained.RowsTrain, trained.RowsValid).ShouldBe((240, 80));
        trained.Valid.Labels.Length.ShouldBe(320);
        trained.Valid.Probabilities.Length.ShouldBe(960);
        trained.Valid.Labels.ShouldBe(GeneratedReviews.Data(3, 400).Read(Split.Train).Concat(GeneratedReviews.Data(3, 400).Read(Split.Valid)).SelectMany(batch =>
            Enumerable.Range(0, batch.Count).Select(batch.Label)));
        trained.Baseline.Rows.ShouldBe(320);
        trained.Baseline.ConfidenceCounts.Sum().ShouldBe(320);
        trained.Baseline.UnknownNgrams.Counts.Sum().ShouldBe(320);
        trained.Baseline.Numeric.ShouldAllBe(feature => feature.Counts.Sum() + feature.Missing == 320);
        trained.LearningCurve.Count.ShouldBe(5);
    }

    [Fact]
    public void Train_LabelsOfChance_NothingLeaks()
    {
        var random = new Plumbline.Statistics.RandomSource(11);
        var labels = Enumerable.Range(0, 700).Select(_ => random.NextInt32(2)).ToArray();
        var trained = Trainer.Train(
            GeneratedReviews.Data(2, 700, label: (row, _) => labels[row]), Options with { Families = ["logistic", "multinomial_nb"] }, cancellation: Token);
        // Whoever saw the label of a row held out would be far above one half.
        trained.Contest!.Families.ShouldAllBe(family => family.Best!.MacroF1 < 0.58);
    }

    [Fact]
    public void Train_EnoughMidway_EndsLikeAnUnbrokenOneWhenResumed()
    {
        using var enough = new CancellationTokenSource();
        var studies = ContestStudies.InMemory(TimeProvider.System);
        var progress = new Immediate(report =>
        {
            if (report.Standing is { Trials: 2 })
                enough.Cancel();
        });
        var options = Options with { Threads = 1 };
        Trainer.Train(GeneratedReviews.Data(3, 300), options, progress, studies with { Enough = enough.Token }, Token);
        var resumed = Trainer.Train(GeneratedReviews.Data(3, 300), options, studies: studies, cancellation: Token);
        var whole = Trainer.Train(GeneratedReviews.Data(3, 300), options, cancellation: Token);
        resumed.Contest!.Families.ShouldBe(whole.Contest!.Families);
        resumed.Valid.Probabilities.ShouldBe(whole.Valid.Probabilities);
    }

    [Fact]
    public void Train_SizeBesideMacroF1_IsThatOfTheFoldsModelsAndLimitsThoseTogether()
    {
        var options = Options with { Contest = Options.Contest! with { Objectives = [ContestObjective.Size], StandardErrors = 0 } };
        var free = Train(options).Contest!;
        var (alone, stacked) = (free.Families.Where(family => family.Study is not null).Max(family => family.Costs!.SizeMb!.Value), SizeOf(free, "stacking"));
        // Members share one vocabulary.
        stacked.ShouldBeInRange(alone, 2 * alone);
        var limited = Train(options with { Contest = options.Contest with { MaxSizeMb = stacked * 0.999 } }).Contest!;
        SizeOf(limited, "stacking").ShouldBe(stacked);
        var stacking = limited.Families.Single(family => family.Family == "stacking");
        (stacking.Best, limited.Chosen == "stacking").ShouldBe((null, false));
        stacking.Note.ShouldNotBeNull().ShouldContain("over the limits");

        static double SizeOf(ContestReport report, string family) => report.Families.Single(standing => standing.Family == family).Costs!.SizeMb!.Value;
    }

    [Fact]
    public void Work_SharedFolds_FindsWhatWhoHoldsTheContestFindsAgain()
    {
        var studies = ContestStudies.InMemory(TimeProvider.System);
        var options = Options with { Contest = Options.Contest! with { Shared = true } };
        Trainer.Work(GeneratedReviews.Data(3, 400), options, null, studies, Token).ShouldBe(8);
        var report = Trainer.Train(GeneratedReviews.Data(3, 400), options, studies: studies, cancellation: Token).Contest!;
        report.Families.Where(family => family.Study is not null).ShouldAllBe(family => family.Trials == 4 && family.Best!.MacroF1 == family.BestValue);
    }

    [Fact]
    public void Train_ByUserWithoutOne_SaysSo() => Should.Throw<DatasetException>(() => Train(Options with { Contest = Options.Contest! with { FoldBy = FoldBy.User } })).Message.ShouldContain("fold_by");

    [Fact]
    public void Validate_Folds_NamesTheKey()
    {
        Message(Options with { Contest = new ContestOptions { Folds = 1 } }).ShouldContain("folds: 1 is not within 2 to 50");
        Message(Options with { Refit = false }).ShouldContain("refit");
        new ContestOptions { FoldBy = FoldBy.Time }.Folds.ShouldBe(5);
        new ContestOptions().Folds.ShouldBeNull();

        static string Message(TrainingOptions options) => Should.Throw<ArgumentException>(options.Validate).Message;
    }

    private static TrainedModel Train(TrainingOptions options) => Trainer.Train(GeneratedReviews.Data(3, 400), options, cancellation: Token);

    private sealed class Immediate(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }
}
