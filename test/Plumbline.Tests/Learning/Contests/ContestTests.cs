using System.Numerics;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Statistics;
using Plumbline.Text;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Contests;

public sealed class ContestTests
{
    private static readonly TrainingOptions Options = GeneratedReviews.Options with
    {
        Features = GeneratedReviews.Features with { MaxFeatures = 500 },
        Families = ["logistic", "svm", "nb_svm"],
        Contest = new ContestOptions { Trials = 6 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Train_OneAndTwoThreads_SameModelAndReport(int classes)
    {
        var (one, two) = (Train(classes, Options with { Threads = 1 }), Train(classes, Options with { Threads = 2 }));
        one.Chosen.ShouldBe(two.Chosen);
        one.Contest!.Why.ShouldBe(two.Contest!.Why);
        one.Contest!.Families.ShouldBe(two.Contest!.Families);
        one.LearningCurve.ShouldBe(two.LearningCurve);
        foreach (var (section, other) in one.Parameters.Sections.Zip(two.Parameters.Sections))
            section.Values.Cast<object>().SequenceEqual(other.Values.Cast<object>()).ShouldBeTrue(section.Name);
    }

    [Theory]
    [InlineData(true, true, 3)]
    [InlineData(true, false, 2)]
    [InlineData(false, true, 2)]
    public void Train_OnlyThreeWordsTogetherSayTheLabel_CountsThemUnlessOrdersAreNamed(bool isFree, bool saysLabel, int longest)
    {
        var data = GeneratedReviews.Data(2, 400, label: (row, _) => saysLabel ? BitOperations.PopCount(Bits(row)) & 1 : (int)Bits(row) & 1, text: Text);
        var features = Options.Features with { Ngrams = new NgramOptions(Adapt: isFree) };
        var trained = Trainer.Train(data, Options with { Features = features, Families = ["logistic"], Contest = new ContestOptions { Trials = 2 } }, cancellation: Token);
        trained.Contract.Options.Ngrams.WordMax.ShouldBe(longest);

        static uint Bits(int row) => (uint)row * 2_654_435_761 >> 29;
        static string Text(int row) => string.Join(' ', Enumerable.Range(0, 3).Select(bit => (Bits(row) >> bit & 1) == 1 ? "red" : "blue"));
    }

    [Fact]
    public async Task Train_Svd_LinearFamiliesTryComponentsAfterNone()
    {
        var options = Options with { Families = ["logistic"], Contest = Options.Contest! with { Svd = true } };
        var studies = ContestStudies.InMemory(TimeProvider.System);
        var one = Trainer.Train(GeneratedReviews.Data(3, 400), options with { Threads = 1 }, studies: studies, cancellation: Token);
        var ranks = (await studies.Storage.LoadTrialsAsync(0, Token)).Select(trial => trial.Parameters["svd"].AsInt64()).ToArray();
        ranks[0].ShouldBe(0);
        ranks.ShouldContain(rank => rank > 0);
        var two = Train(3, options with { Threads = 2 });
        one.Chosen.ShouldBe(two.Chosen);
        one.Parameters.Values<float>("ngram.table").SequenceEqual(two.Parameters.Values<float>("ngram.table")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("logistic", 3)]
    [InlineData("svm", 2)]
    [InlineData("nb_svm", 3)]
    public void Train_Components_AreFoldedIntoALinearModelOfTexts(string family, int classes)
    {
        var classifier = FamilyTraining.Train(family, classes, GeneratedReviews.Features, [new("svd", 50), new("svd_weight", 0.1)]).Classifier();
        var plain = FamilyTraining.Of(family, classes).Classifier();
        var (probabilities, others) = (new float[classes], new float[classes]);
        var batch = GeneratedReviews.Data(classes, 300).Read(Plumbline.Datasets.Split.Test).First();
        classifier.Predict(batch, 0, probabilities);
        plain.Predict(batch, 0, others);
        probabilities.ShouldNotBe(others);
        probabilities.Sum().ShouldBe(1, 1e-4f);
    }

    [Fact]
    public void Train_Families_EachHasItsTrialsAndTheChosenIsOneOfThem()
    {
        var trained = Train(3, Options);
        var report = trained.Contest.ShouldNotBeNull();
        report.Families.Where(family => family.Study is not null).Select(family => (family.Family, family.Trials)).ShouldBe([("logistic", 6), ("svm", 6), ("nb_svm", 6)], ignoreOrder: true);
        report.Families.Select(family => family.Best!.MacroF1).ShouldBeInOrder(SortDirection.Descending);
        report.Families.Single(family => family.BehindBest is null).ShouldBe(report.Families[0]);
        report.Chosen.ShouldBe(trained.Chosen.Family);
        var chosen = report.Families.Single(family => family.Family == report.Chosen);
        (chosen.BehindBest is null || chosen.BehindBest.Difference <= chosen.BehindBest.StandardError).ShouldBeTrue();
        trained.Candidates.ShouldContain(result => result.Candidate == trained.Chosen);
    }

    [Fact]
    public void Train_Contest_LearningCurveEndsWithWhatWasChosen()
    {
        var trained = Train(3, Options);
        trained.LearningCurve.Select(point => point.Rows).ShouldBeInOrder();
        trained.LearningCurve.Count.ShouldBe(5);
        var whole = trained.Candidates.First(result => result.Candidate == trained.Chosen).MacroF1;
        trained.LearningCurve[^1].ShouldBe(new LearningCurvePoint((int)trained.RowsTrain, whole));
        trained.LearningCurve.ShouldAllBe(point => point.MacroF1 > 0 && point.MacroF1 <= 1);
    }

    [Fact]
    public void Train_WithoutAContest_LearningCurveIfAsked()
    {
        var options = Options with { Families = ["logistic"], Contest = null };
        Train(2, options).LearningCurve.ShouldBeEmpty();
        Train(2, options with { LearningCurve = true }).LearningCurve.Count.ShouldBe(5);
    }

    [Fact]
    public void Train_EnoughBeforeAnything_Throws()
    {
        var studies = ContestStudies.InMemory(TimeProvider.System) with { Enough = new CancellationToken(canceled: true) };
        Should.Throw<OperationCanceledException>(() => Trainer.Train(GeneratedReviews.Data(2, 300), Options, studies: studies, cancellation: Token));
    }

    [Fact]
    public void Train_EnoughWhileWordsAreTried_EndsThere()
    {
        using var enough = new CancellationTokenSource();
        var told = new List<string>();
        var progress = new Immediate(report =>
        {
            told.Add(report.Message);
            enough.Cancel();
        });
        var options = Options with { Features = Options.Features with { Ngrams = new NgramOptions(Adapt: true) } };
        Should.Throw<OperationCanceledException>(() => Trainer.Train(GeneratedReviews.Data(3, 300), options, progress, ContestStudies.InMemory(TimeProvider.System) with { Enough = enough.Token }, Token));
        told.ShouldBe(["trying words 1 to 2"]);
    }

    [Fact]
    public void Train_TwoThousandLabels_DoesNotTryWordsForMinutes()
    {
        using var enough = new CancellationTokenSource();
        var told = new List<string>();
        var progress = new Immediate(report =>
        {
            told.Add(report.Message);
            if (report.Message == "learning the vocabulary")
                enough.Cancel();
        });
        var options = Options with { Features = Options.Features with { MaxFeatures = 3_000, Ngrams = new NgramOptions(Adapt: true) } };
        var data = GeneratedReviews.Data(2_000, 5_000, label: (row, _) => row % 2_000);
        Should.Throw<OperationCanceledException>(() => Trainer.Train(data, options, progress, ContestStudies.InMemory(TimeProvider.System) with { Enough = enough.Token }, Token));
        told.Take(2).ShouldBe(["trying words 1 to 2", "learning the vocabulary"]);
    }

    [Fact]
    public void Train_EnoughMidway_KeepsTheBestSoFarAndTheRestIsDoneWhenResumed()
    {
        using var enough = new CancellationTokenSource();
        var studies = ContestStudies.InMemory(TimeProvider.System);
        var progress = new Immediate(report =>
        {
            if (report.Standing is { Trials: 2 })
                enough.Cancel();
        });
        var options = Options with { Threads = 1 };
        var broken = Trainer.Train(GeneratedReviews.Data(3, 400), options, progress, studies with { Enough = enough.Token }, Token);
        broken.Contest!.Families.Sum(family => family.Study is null ? 0 : family.Trials).ShouldBeLessThan(18);
        var resumed = Trainer.Train(GeneratedReviews.Data(3, 400), options, studies: studies, cancellation: Token);
        var whole = Trainer.Train(GeneratedReviews.Data(3, 400), options, cancellation: Token);
        resumed.Contest!.Families.ShouldBe(whole.Contest!.Families);
        resumed.Chosen.ShouldBe(whole.Chosen);
    }

    [Fact]
    public void Train_TimeIsShort_EveryFamilyHasItsShare()
    {
        var time = new ManualClock();
        var progress = new Immediate(report => time.Elapsed += report.Standing is { Trials: > 0 } ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        var options = Options with { Threads = 1, Contest = new ContestOptions { Trials = 100, Timeout = TimeSpan.FromSeconds(12), Ensemble = false } };
        var report = Trainer.Train(GeneratedReviews.Data(3, 300), options, progress, ContestStudies.InMemory(time), Token).Contest.ShouldNotBeNull();
        // Each is told once more when it has ended, which costs a second, too.
        report.Families.Select(family => family.Trials).Order().ShouldBe([2, 4, 4]);
    }

    [Fact]
    public void Train_TimeIsOverAtOnce_TheFirstFamilyHasATrial()
    {
        var time = new ManualClock();
        var progress = new Immediate(report => time.Elapsed += report.Standing is { Trials: > 0 } ? TimeSpan.FromSeconds(20) : TimeSpan.Zero);
        var options = Options with { Threads = 1, Contest = new ContestOptions { Trials = 100, Timeout = TimeSpan.FromSeconds(12), Ensemble = false } };
        var report = Trainer.Train(GeneratedReviews.Data(3, 300), options, progress, ContestStudies.InMemory(time), Token).Contest.ShouldNotBeNull();
        report.Families.Count.ShouldBe(3);
        report.Families.Select(family => family.Trials).ShouldBe([1, 0, 0]);
        report.Families[0].Best.ShouldNotBeNull();
        report.Families.Skip(1).ShouldAllBe(family => family.Note == "no trial was finished in its time");
    }

    [Fact]
    public void Validate_SlowFamilyWithoutAContest_SaysSo()
    {
        Should.Throw<ArgumentException>(() => (Options with { Contest = null }).Validate()).Message.ShouldContain("'nb_svm'");
        (Options with { Contest = null }).Competing().Contest.ShouldNotBeNull();
        var all = (Options with { Families = ["all"], Contest = null }).Competing();
        all.Families.ShouldBe(TrainingOptions.KnownFamilies);
        Should.Throw<ArgumentException>(() => (Options with { Contest = new ContestOptions { Trials = 0 } }).Validate()).Message.ShouldContain("trials");
        TrainingOptions[] ignored = [Options with { L1Ratio = 0.5 }, Options with { EarlyStopping = 2 }, Options with { Weightings = [ClassWeighting.Natural] }];
        foreach (var options in ignored)
            Should.Throw<ArgumentException>(options.Validate).Message.ShouldContain("not for a contest");
    }

    [Fact]
    public void Select_ModelsRightAboutOtherRows_VoteTogether()
    {
        int[] labels = [0, 1, 0, 1, 0, 1];
        var (one, two) = (Model("logistic", [4, 0, 0, 4, 4, 0, 0, 4, 0, 1, 1, 0]), Model("svm", [0, 1, 1, 0, 4, 0, 0, 4, 4, 0, 0, 4]));
        var ensemble = EnsembleSelection.Select(Calibrated(labels, one, two), labels, 2).ShouldNotBeNull();
        ensemble.Members.Select(member => member.Weight).ShouldBe([0.5f, 0.5f]);
        ensemble.Contestant.Result.Accuracy.ShouldBe(1);
        ensemble.Contestant.Result.LogLoss.ShouldBeLessThan(Math.Min(one.Result.LogLoss, two.Result.LogLoss));
        ensemble.Contestant.Result.Candidate.ToString().ShouldBe("ensemble of logistic + svm");

        Contestant Model(string family, float[] scores) => Contestant.Judge(new Candidate(family, TrialParameters.Empty), scores, labels, 2, losesPrior: false, steps: 1);
    }

    [Fact]
    public void Select_FewRowsALabel_IsJudgedAsItDoesOnOtherRows()
    {
        var gaps = Enumerable.Range(1, 8).Select(seed => GapToOtherRows((ulong)seed)).OfType<double>().ToArray();
        gaps.Length.ShouldBeGreaterThan(4);
        // With biases that had seen the rows that judge it was 0.15.
        gaps.Average().ShouldBeInRange(-0.1, 0.06);
    }

    /// <summary>Accuracy of an ensemble as it is judged less that on rows of the same kind; null where a single model is best.</summary>
    private static double? GapToOtherRows(ulong seed)
    {
        const int Classes = 40;
        var random = new RandomSource(seed);
        var (labels, others) = (Labels(80), Labels(2_000));
        var (families, models, scores) = (new[] { "svm", "nb_svm" }, new List<Contestant>(), new Dictionary<string, float[]>());
        foreach (var family in families)
        {
            models.Add(Contestant.Judge(new Candidate(family, TrialParameters.Empty), Scores(labels), labels, Classes, losesPrior: true, steps: 1));
            scores[family] = Scores(others);
        }
        if (EnsembleSelection.Select(Calibrated(labels, models, Classes), labels, Classes) is not { } ensemble)
            return null;
        var sum = new float[others.Length * Classes];
        foreach (var member in ensemble.Members)
        {
            var voice = scores[member.Result.Candidate.Family];
            for (var row = 0; row < voice.Length; row += Classes)
                member.Calibration.Apply(voice.AsSpan(row, Classes));
            for (var i = 0; i < sum.Length; i++)
                sum[i] += member.Weight * voice[i];
        }
        return ensemble.Contestant.Result.Accuracy - Contestant.Judge(new Candidate("svm", TrialParameters.Empty), sum, others, Classes, losesPrior: false, steps: 1).Result.Accuracy;

        int[] Labels(int rows) => [.. Enumerable.Range(0, rows).Select(_ => random.NextInt32(Classes))];

        float[] Scores(int[] of) => [.. of.SelectMany(label => Enumerable.Range(0, Classes).Select(k => (float)random.NextDouble() + (k == label ? 0.3f : 0)))];
    }

    [Fact]
    public void Select_OneModelIsPerfect_NoEnsemble()
    {
        int[] labels = [0, 1, 0, 1];
        var good = Contestant.Judge(new Candidate("logistic", TrialParameters.Empty), [9, 0, 0, 9, 9, 0, 0, 9], labels, 2, losesPrior: false, steps: 1);
        var bad = Contestant.Judge(new Candidate("svm", TrialParameters.Empty), [0, 9, 9, 0, 0, 9, 9, 0], labels, 2, losesPrior: false, steps: 1);
        EnsembleSelection.Select(Calibrated(labels, good, bad), labels, 2).ShouldBeNull();
    }

    private static CalibratedContestant[] Calibrated(int[] labels, IEnumerable<Contestant> models, int classes) =>
        [.. models.Select(model => CalibratedContestant.Of(model, labels, classes, CalibratedContestant.FoldsOf(labels.Length, 42)))];

    private static CalibratedContestant[] Calibrated(int[] labels, params Contestant[] models) => Calibrated(labels, models, 2);

    private static TrainedModel Train(int classes, TrainingOptions options) => Trainer.Train(GeneratedReviews.Data(classes, 400), options, cancellation: Token);

    private sealed class ManualClock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;

        /// <summary>Never fires: time passes when the test says so.</summary>
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            TimeProvider.System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private sealed class Immediate(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }
}
