using System.Text.Json;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class ClassificationReportTests
{
    private static readonly int[] Truth = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2];

    // The decision of the last row is a label that truth does not have.
    private static readonly int[] Predicted = [0, 0, 1, 2, 1, 1, 0, 2, 2, 0, 2, 3];

    private static readonly float[] Probabilities =
    [
        .7f, .1f, .1f, .1f,
        .5f, .2f, .2f, .1f,
        .3f, .4f, .2f, .1f,
        .2f, .2f, .5f, .1f,
        .1f, .6f, .2f, .1f,
        .2f, .6f, .1f, .1f,
        .5f, .3f, .1f, .1f,
        .1f, .1f, .7f, .1f,
        .1f, .2f, .6f, .1f,
        .4f, .3f, .2f, .1f,
        .2f, .1f, .6f, .1f,
        .1f, .1f, .2f, .6f,
    ];

    [Fact]
    public void Compute_TwelveRows_ValuesOfScikitLearn()
    {
        var report = ClassificationReport.Compute(["a", "b", "c", "d"], Truth, Predicted, Probabilities, seed: 1);

        report.Accuracy.Value.ShouldBeNear(0.5833333333333334);
        report.MacroPrecision.ShouldBeNear(0.47916666666666663);
        report.MacroRecall.ShouldBeNear(0.44166666666666665);
        report.MacroF1.Value.ShouldBeNear(0.45833333333333326);
        report.WeightedPrecision.ShouldBeNear(0.6458333333333334);
        report.WeightedRecall.ShouldBeNear(0.5833333333333334);
        report.WeightedF1.Value.ShouldBeNear(0.611111111111111);
        report.LogLoss.ShouldBeNear(0.8905048883661069);
        report.Brier.ShouldBeNear(0.4816666626433534);
        report.Ece.ShouldBeNear(0.24166665971279144);
        report.Classes.Select(scores => scores.RocAuc).ShouldBeNear([0.828125, 0.9444444444444444, 0.8571428571428572, double.NaN]);
        report.MacroRocAuc.ShouldBeNear(0.8765707671957671);
        report.Classes.Select(scores => scores.PrAuc).ShouldBeNear([0.6916666666666667, 0.8666666666666667, 0.8222222222222222, double.NaN]);
        report.MacroPrAuc.ShouldBeNear(0.7935185185185185);
        report.Classes.Select(scores => scores.F1).ShouldBeNear([0.5, 0.6666666666666666, 0.6666666666666666, 0]);
        report.Classes.Select(scores => scores.Support).ShouldBe([4, 3, 5, 0]);
        report.ConfusionMatrix.ShouldBe([[2, 1, 1, 0], [1, 2, 0, 0], [1, 0, 3, 1], [0, 0, 0, 0]]);
        report.Reliability.Sum(bin => bin.Rows).ShouldBe(12);
        report.MacroF1.Low.ShouldBeLessThan(report.MacroF1.Value);
        report.MacroF1.High.ShouldBeGreaterThan(report.MacroF1.Value);
    }

    [Fact]
    public void Compute_ProbabilityZeroForTheTruth_ClipsLogLoss() =>
        ClassificationReport.Compute(["a", "b"], [0], [1], [0f, 1f], seed: 1).LogLoss.ShouldBe(23 * Math.Log(2), 1e-9);

    [Fact]
    public void Compute_DecisionsUnlikeTheMostProbable_LeaveCalibrationAlone()
    {
        var sample = Sample.Generate(8, 200, 3);
        var decided = sample with { Predicted = [.. sample.Predicted.Select(label => (label + 1) % 3)] };
        decided.Report().Ece.ShouldBe(sample.Report().Ece);
        decided.Report().Accuracy.ShouldNotBe(sample.Report().Accuracy);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(11)]
    public void ToJson_AnyReport_ReadsBackTheSame(int classes)
    {
        var json = Sample.Generate(2, 300, classes).Report().ToJson();
        ClassificationReport.FromJson(json).ToJson().ShouldBe(json);
    }

    [Fact]
    public void ToJson_Undefined_IsNull()
    {
        var report = ClassificationReport.Compute(["a", "b"], [0, 0], [0, 0], [.6f, .4f, .6f, .4f], seed: 1, resamples: 0);
        using var json = JsonDocument.Parse(report.ToJson());
        json.RootElement.GetProperty("macro_roc_auc").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("accuracy").GetProperty("low").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("classes")[0].GetProperty("label").GetString().ShouldBe("a");
        ClassificationReport.FromJson(report.ToJson()).MacroRocAuc.ShouldBe(double.NaN);
    }

    [Fact]
    public void ToJson_SameInput_SameText() =>
        Sample.Generate(2, 300, 5).Report().ToJson().ShouldBe(Sample.Generate(2, 300, 5).Report().ToJson());

    [Fact]
    public void Compute_ManyClasses_KeepsOnlyMacroCurves()
    {
        var report = Sample.Generate(6, 2000, 30).Report();
        report.Classes.ShouldAllBe(scores => scores.RocCurve == null && scores.PrCurve == null);
        report.MacroRocCurve!.X.Length.ShouldBeInRange(100, 102);
        report.ToJson().Length.ShouldBeLessThan(20_000);
    }

    [Fact]
    public void Compute_NoRows_Throws() =>
        Should.Throw<ArgumentException>(() => ClassificationReport.Compute(["a"], [], [], [], seed: 1)).Message.ShouldContain("no rows");

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-0.1f)]
    [InlineData(1.1f)]
    [InlineData(float.PositiveInfinity)]
    public void Compute_NoProbability_NamesRowAndLabel(float value) =>
        Should.Throw<ArgumentException>(() => ClassificationReport.Compute(["a", "b"], [0, 1], [0, 1], [.5f, .5f, .5f, value], seed: 1)).Message
            .ShouldStartWith("Row 1, label 1: ");

    [Fact]
    public void Compute_ProbabilitiesMissing_Throws() =>
        Should.Throw<ArgumentException>(() => ClassificationReport.Compute(["a", "b"], [0, 1], [0, 1], [.5f, .5f], seed: 1)).Message
            .ShouldBe("2 probabilities do not make 2 rows of 2.");
}
