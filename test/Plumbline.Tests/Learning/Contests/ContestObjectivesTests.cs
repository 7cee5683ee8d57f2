using System.Runtime.InteropServices;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.LightGbm;
using Plumbline.Tuning;

namespace Plumbline.Tests.Learning.Contests;

public sealed class ContestObjectivesTests
{
    private static readonly TrainingOptions Options = GeneratedReviews.Options with
    {
        Features = GeneratedReviews.Features with { MaxFeatures = 300 },
        Families = ["complement_nb", "logistic", "perceptron"],
        Refit = false,
        Contest = new ContestOptions { Trials = 12, Objectives = [ContestObjective.Size], StandardErrors = 0 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_SizeBesideMacroF1_FrontIsWhatNoTrialBeatsAndSizesAreThoseOfBundles()
    {
        var trained = Train(Options);
        var report = trained.Contest.ShouldNotBeNull();
        var front = report.Front.ShouldNotBeNull();
        front.Select(trial => trial.MacroF1).ShouldBeInOrder(SortDirection.Descending);
        front.Select(trial => trial.Costs.SizeMb!.Value).ShouldBeInOrder(SortDirection.Descending);
        foreach (var standing in report.Families.Where(standing => standing.Study is not null))
            front.ShouldContain(trial => trial.MacroF1 >= standing.Best!.MacroF1 && trial.Costs.SizeMb <= standing.Costs!.SizeMb);
        report.NotReproducible.ShouldBeNull();
        report.Families.Single(standing => standing.Family == report.Chosen).Costs!.SizeMb.ShouldBe(SizeMb(trained));
    }

    [Fact]
    public void Train_ThreadsAndSmallMemory_SameReportAndAWordOfIt()
    {
        var one = Train(Options with { Threads = 1 }).Contest!;
        var two = Train(Options with { Threads = 2, Contest = Options.Contest! with { MemoryMb = 1 } }).Contest!;
        two.Families.Select(standing => standing with { Note = null }).ShouldBe(one.Families);
        two.Front.ShouldBe(one.Front);
        two.Families.Single(standing => standing.Family == "perceptron").Note.ShouldNotBeNull().ShouldContain("it ran alone");
    }

    [Fact]
    public void Train_Boosting_SizeIsThatOfTheRoundsKept()
    {
        Assert.SkipWhen(LightGbmLibrary.Unavailable is not null, LightGbmLibrary.Unavailable ?? "");
        var trained = Train(Options with { Families = ["boosting"], Contest = Options.Contest! with { Trials = 1 } });
        trained.Contest!.Families[0].Costs!.SizeMb.ShouldBe(SizeMb(trained));
    }

    [Fact]
    public void Train_Latency_IsMeasuredAndSaidToBe()
    {
        var report = Train(Options with { Families = ["complement_nb"], Contest = Options.Contest! with { Trials = 2, Objectives = [ContestObjective.Latency] } }).Contest!;
        report.NotReproducible.ShouldNotBeNull().ShouldContain("latency is measured");
        report.Families[0].Costs!.LatencyUs!.Value.ShouldBeGreaterThan(0);
        report.Families[0].Costs!.SizeMb.ShouldBeNull();
    }

    [Fact]
    public void Train_Limit_TheBestWithinIsChosenAndTheEnsembleIsJudgedToo()
    {
        var free = Train(Options).Contest!;
        var limit = free.Families.Where(standing => standing.Study is not null).Max(standing => standing.Costs!.SizeMb!.Value) * 0.99;
        var report = Train(Options with { Contest = Options.Contest! with { MaxSizeMb = limit } }).Contest!;
        report.Families.Where(standing => standing.Best is not null).ShouldAllBe(standing => standing.Costs!.SizeMb <= limit);
        report.Families.Single(standing => standing.Family == report.Chosen).Best.ShouldNotBeNull();
        report.Front.ShouldBe(free.Front);
    }

    [Fact]
    public void Train_NothingWithinTheLimits_SaysWhatIsNearest()
    {
        var options = Options with { Contest = Options.Contest! with { MaxSizeMb = 1e-6 } };
        var message = Should.Throw<DatasetException>(() => Train(options)).Message;
        message.ShouldContain("within max_latency_us and max_size_mb");
        message.ShouldContain("logistic: none is within the limits, the nearest has size 0.");
    }

    [Theory]
    [InlineData(SamplerKind.Random, PrunerKind.Percentile)]
    [InlineData(SamplerKind.CmaEs, PrunerKind.Patient)]
    [InlineData(SamplerKind.Nsga2, PrunerKind.Hyperband)]
    [InlineData(SamplerKind.Grid, PrunerKind.SuccessiveHalving)]
    public void Train_AnySamplerAndPruner_HasItsTrials(SamplerKind sampler, PrunerKind pruner)
    {
        var contest = new ContestOptions { Trials = 18, Sampler = sampler, Pruner = pruner };
        var report = Train(Options with { Families = ["logistic"], Contest = contest }).Contest!;
        report.Families[0].Trials.ShouldBe(18, report.Families[0].Note);
        report.Families[0].Failed.ShouldBe(0);
    }

    [Fact]
    public void Train_GridLargerThanTheTrials_IsRefusedWithItsCount()
    {
        var options = Options with { Families = ["logistic", "perceptron"], Contest = new ContestOptions { Trials = 30, Sampler = SamplerKind.Grid } };
        var message = Should.Throw<TuningException>(() => Train(options)).Message;
        message.ShouldStartWith("grid_points: with 3 a number, the grid has more points than the 30 trials of a family: perceptron 78,732");
        message.ShouldNotContain("logistic");
    }

    private static double SizeMb(TrainedModel trained) =>
        trained.Parameters.Sections.Sum(section => (long)section.Values.Length * Marshal.SizeOf(section.Values.GetType().GetElementType()!)) / 1e6;

    private static TrainedModel Train(TrainingOptions options) => Trainer.Train(GeneratedReviews.Data(3, 300), options, cancellation: Token);
}
