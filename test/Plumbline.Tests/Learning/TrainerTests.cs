using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Models;
using Plumbline.Tests.Features;

namespace Plumbline.Tests.Learning;

public sealed class TrainerTests
{
    private static readonly TrainingOptions Small = GeneratedReviews.Options with { Features = GeneratedReviews.Features with { MaxFeatures = 500 } };

    [Fact]
    public void Train_MatricesInAFile_SameModel()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var data = GeneratedReviews.Data(3, 400);
            var (memory, file) = (Train(data, Small), Train(data, Small with { Memory = new MatrixMemory(0, folder) }));
            file.Chosen.ShouldBe(memory.Chosen);
            file.Candidates.ShouldBe(memory.Candidates);
            Same(file, memory);
            Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Train_OneAndTwoThreads_SameModel(int classes)
    {
        var (one, two) = (Train(GeneratedReviews.Data(classes, 400), Small with { Threads = 1 }), Train(GeneratedReviews.Data(classes, 400), Small));
        one.Chosen.ShouldBe(two.Chosen);
        one.Candidates.ShouldBe(two.Candidates);
        Same(one, two);
        one.NgramNames.ShouldBe(two.NgramNames);
        one.Decision.Offsets.ShouldBe(two.Decision.Offsets);
        one.Valid.Probabilities.ShouldBe(two.Valid.Probabilities);
    }

    [Fact]
    public void Train_Candidates_ChosenIsLeastLogLossWithinOneStandardErrorOfTheBestF1()
    {
        var trained = Train(GeneratedReviews.Data(3, 500), Small with { Families = [LinearFamily.Logistic, LinearFamily.Svm] });
        var best = trained.Candidates.Max(result => result.MacroF1);
        var error = Math.Sqrt(best * (1 - best) / trained.RowsValid);
        trained.Chosen.ShouldBe(trained.Candidates.Where(result => result.MacroF1 >= best - error).MinBy(result => result.LogLoss)!.Candidate);
        trained.Candidates.Select(result => result.Candidate.Family).Distinct().ShouldBe([LinearFamily.Logistic, LinearFamily.Svm], ignoreOrder: true);
        trained.Candidates.Select(result => result.Candidate).ShouldBeUnique();
    }

    [Fact]
    public void Train_Reviews_BetterThanTheCommonestLabel()
    {
        var trained = GeneratedReviews.Trained(2);
        var valid = trained.Valid;
        var accuracy = valid.Labels.Zip(valid.Predicted).Count(pair => pair.First == pair.Second) / (double)valid.Labels.Length;
        accuracy.ShouldBeGreaterThan(valid.Labels.GroupBy(label => label).Max(group => group.Count()) / (double)valid.Labels.Length);
    }

    [Fact]
    public void Train_Baseline_CountsEveryRowOfValid()
    {
        var trained = GeneratedReviews.Trained(5);
        var baseline = trained.Baseline;
        foreach (var counts in new[] { baseline.LabelCounts, baseline.PredictedCounts, baseline.ConfidenceCounts, baseline.UnknownNgrams.Counts })
            counts.Sum().ShouldBe((int)trained.RowsValid);
        foreach (var feature in baseline.Numeric)
            (feature.Counts.Sum() + feature.Missing).ShouldBe((int)trained.RowsValid, feature.Name);
        baseline.Numeric.Select(feature => feature.Name).ShouldBe(trained.Contract.Numeric.Select(feature => feature.Name));
    }

    [Fact]
    public void Train_EarlyStopping_FewerEpochs()
    {
        var data = GeneratedReviews.Data(3, 400);
        var plain = Train(data, Small);
        var stopped = Train(data, Small with { EarlyStopping = 1 });
        stopped.Candidates.Sum(result => result.Steps).ShouldBeLessThan(plain.Candidates.Sum(result => result.Steps));
    }

    [Fact]
    public void Train_HashedFeatures_NoSlotsNorNames()
    {
        var trained = Train(GeneratedReviews.Data(2, 300), Small with { Features = Small.Features with { HashBits = 10 } });
        trained.Parameters.Sections.ShouldNotContain(section => section.Name == ModelSections.Slots);
        trained.NgramNames.ShouldAllBe(name => name == null);
        trained.Contract.NgramFeatures.ShouldBe(1024);
    }

    [Fact]
    public void Train_OneLabelInTrain_NamesIt() =>
        Should.Throw<DatasetException>(() => Train(Data([("good", 1), ("fine", 1)], [("good", 0)]), Small)).Message.ShouldContain("'high'");

    [Fact]
    public void Train_NoRowsInTrainOrValid_NamesTheSplit()
    {
        Should.Throw<DatasetException>(() => Train(Data([], [("good", 0)]), Small)).Message.ShouldContain("train");
        Should.Throw<DatasetException>(() => Train(Data([("good", 1), ("bad", 0)], []), Small)).Message.ShouldContain("valid");
    }

    [Fact]
    public void Train_Cancelled_Throws() =>
        Should.Throw<OperationCanceledException>(() => Trainer.Train(GeneratedReviews.Data(2, 300), Small, cancellation: new CancellationToken(canceled: true)));

    [Fact]
    public void Train_CancelledInTheRefit_Throws()
    {
        // The features of the first fit were once freed twice here.
        using var source = new CancellationTokenSource();
        var data = GeneratedReviews.Data(2, 300);
        var progress = new Immediate(report =>
        {
            if (report.Stage == "calibrate")
                source.Cancel();
        });
        Should.Throw<OperationCanceledException>(() => Trainer.Train(data, Small, progress, cancellation: source.Token));
    }

    [Theory]
    [InlineData("families")]
    [InlineData("l1_ratio")]
    [InlineData("early_stopping")]
    [InlineData("class_weights")]
    [InlineData("min_df")]
    public void Train_OptionOutOfRange_NamesIt(string option)
    {
        var options = option switch
        {
            "families" => Small with { Families = ["wood"] },
            "l1_ratio" => Small with { L1Ratio = 1 },
            "early_stopping" => Small with { EarlyStopping = 0 },
            "class_weights" => Small with { Weightings = [ClassWeighting.Balanced] },
            _ => Small with { Features = Small.Features with { MinDf = 0 } },
        };
        Should.Throw<ArgumentException>(() => Train(GeneratedReviews.Data(2, 20), options)).Message.ShouldContain(option);
    }

    private static TrainedModel Train(TrainingData data, TrainingOptions options) =>
        Trainer.Train(data, options, cancellation: TestContext.Current.CancellationToken);

    private static TrainingData Data((string, int)[] train, (string, int)[] valid) => new(
        ["low", "high"],
        split => Batches.Of(10, 1, (split == Split.Train ? train : valid).Select(record => (record.Item1, record.Item2, new float[1]))));

    private sealed class Immediate(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }

    private static void Same(TrainedModel one, TrainedModel two)
    {
        one.Parameters.Shape.ShouldBe(two.Parameters.Shape);
        one.Parameters.Sections.Count.ShouldBe(two.Parameters.Sections.Count);
        foreach (var (section, other) in one.Parameters.Sections.Zip(two.Parameters.Sections))
        {
            section.Name.ShouldBe(other.Name);
            section.Values.Cast<object>().SequenceEqual(other.Values.Cast<object>()).ShouldBeTrue(section.Name);
        }
    }
}
