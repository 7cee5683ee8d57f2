using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Models;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning;

/// <summary>What every family keeps.</summary>
public sealed class ModelFamilyTests
{
    private static readonly string[] Colours = ["red", "green", "blue", "grey"];

    public static TheoryData<string, int> FamiliesAndClasses => [.. from family in ModelFamilies.All from classes in new[] { 2, 4 } select (family.Name, classes)];

    public static TheoryData<string> Families => [.. ModelFamilies.All.Select(family => family.Name)];

    [Theory]
    [MemberData(nameof(FamiliesAndClasses))]
    public void Fit_Default_BeatsTheLargestClass(string name, int classes)
    {
        using var problem = new Problem(classes, 400, (row, _) => row % classes, row => $"it was {Colours[row % 7 % 4]} and {Colours[row % classes]} for {(row % 3 == 0 ? Colours[row % 4] : "once")}");
        var fitted = problem.Fit(name);
        var scores = fitted.Scores(problem.Valid, 1);
        var labels = problem.Valid.Labels();
        var correct = labels.Where((label, row) => Argmax(scores.AsSpan(row * classes, classes)) == label).Count();
        correct.ShouldBeGreaterThan((int)(1.2 * labels.GroupBy(label => label).Max(group => group.Count())));
    }

    [Theory]
    [MemberData(nameof(FamiliesAndClasses))]
    public void Fit_TwiceOnOtherThreads_SameBits(string name, int classes)
    {
        using var problem = new Problem(classes, 200);
        var (one, two) = (problem.Fit(name, request => request with { Threads = 1 }), problem.Fit(name, request => request with { Threads = 2 }));
        one.Scores(problem.Valid, 1).ShouldBe(two.Scores(problem.Valid, 2));
        foreach (var (section, other) in one.Parameters(problem.Features).Sections.Zip(two.Parameters(problem.Features).Sections))
            section.Values.Cast<object>().ShouldBe(other.Values.Cast<object>());
    }

    [Theory]
    [MemberData(nameof(FamiliesAndClasses))]
    public void Scores_OfRowsAndOfTheirTexts_AreTheSame(string name, int classes)
    {
        using var problem = new Problem(classes, 200);
        problem.ShouldScoreTextsAsRows(problem.Fit(name));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Scores_OfAnEnsemble_AreTheLogarithmsOfMeanProbabilities(int classes)
    {
        using var problem = new Problem(classes, 200);
        var (one, two) = (problem.Fit("logistic"), problem.Fit("svm"));
        var calibration = new Calibration(CalibrationMethod.Temperature, 1.5, [.. Enumerable.Range(0, classes).Select(k => k / 10f)]);
        var ensemble = new FittedEnsemble("ensemble", classes, [(one, 0.25f, Calibration.Identity(classes)), (two, 0.75f, calibration)]);
        problem.ShouldScoreTextsAsRows(ensemble);
        var (scores, first, second) = (ensemble.Scores(problem.Valid, 1), one.Scores(problem.Valid, 1), two.Scores(problem.Valid, 1));
        Calibration.Identity(classes).Apply(first.AsSpan(0, classes));
        calibration.Apply(second.AsSpan(0, classes));
        for (var k = 0; k < classes; k++)
            scores[k].ShouldBe(MathF.Log((0.25f * first[k]) + (0.75f * second[k])), 1e-5f);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Scores_OfAStacking_AreWeightedLogarithmsOfProbabilities(int classes)
    {
        using var problem = new Problem(classes, 200);
        var (one, two) = (problem.Fit("logistic"), problem.Fit("svm"));
        var weights = new StackingWeights([.. Enumerable.Range(0, 2 * classes).Select(i => 0.3f + (i / 10f))], [.. Enumerable.Range(0, classes).Select(k => k / 5f)]);
        var stacking = new FittedEnsemble("stacking", classes, [(one, 0.5f, Calibration.Identity(classes)), (two, 0.5f, Calibration.Identity(classes))], weights);
        problem.ShouldScoreTextsAsRows(stacking);
        var (scores, first, second) = (stacking.Scores(problem.Valid, 1), one.Scores(problem.Valid, 1), two.Scores(problem.Valid, 1));
        Calibration.Identity(classes).Apply(first.AsSpan(0, classes));
        Calibration.Identity(classes).Apply(second.AsSpan(0, classes));
        for (var k = 0; k < classes; k++)
            scores[k].ShouldBe(weights.Biases[k] + (weights.Weights[k] * MathF.Log(first[k])) + (weights.Weights[classes + k] * MathF.Log(second[k])), 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_Steps_AreReportedInOrderAndRepeated(string name)
    {
        using var problem = new Problem(3, 300);
        var reported = new List<(int Step, float[] Scores)>();
        var fitted = problem.Fit(name, request => request with { Valid = problem.Valid, Intermediate = (step, scores) => { reported.Add((step, scores)); return true; } });
        if (reported.Count == 0)
            return;
        reported.Select(report => report.Step).ShouldBe(reported.Select(report => report.Step).Order());
        reported[^1].Scores.ShouldBe(fitted.Scores(problem.Valid, 1));
        problem.Fit(name, request => request with { Steps = fitted.Steps }).Scores(problem.Valid, 1).ShouldBe(fitted.Scores(problem.Valid, 1));
        var calls = 0;
        ModelFamilies.Of(name).Fit(problem.Request(name) with { Valid = problem.Valid, Intermediate = (_, _) => ++calls < 1 }).ShouldBeNull();
        calls.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_Cancelled_Throws(string name)
    {
        using var problem = new Problem(3, 300);
        Should.Throw<OperationCanceledException>(() => ModelFamilies.Of(name).Fit(problem.Request(name) with { Cancellation = new CancellationToken(canceled: true) }));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_AClassOfOneRowOrWithoutAny_ScoresAreFinite(string name)
    {
        using var problem = new Problem(4, 150, (row, label) => row == 7 ? 2 : label >= 2 ? 0 : label);
        problem.Fit(name).Scores(problem.Valid, 1).ShouldAllBe(score => float.IsFinite(score));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_EqualTexts_ScoresAreFinite(string name)
    {
        using var problem = new Problem(3, 60, text: _ => "one and the same");
        problem.Fit(name).Scores(problem.Valid, 1).ShouldAllBe(score => float.IsFinite(score));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_NoNgrams_ScoresAreFinite(string name)
    {
        using var problem = new Problem(3, 60, text: row => $"word{row} only{row}");
        problem.Features.NgramCount.ShouldBe(0);
        problem.Fit(name).Scores(problem.Valid, 1).ShouldAllBe(score => float.IsFinite(score));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Space_AnyShape_HoldsTheDefault(string name)
    {
        var family = ModelFamilies.Of(name);
        int[][] shapes = [[5, 5], [1000, 1, 7], [.. Enumerable.Repeat(3, 1000)]];
        foreach (var counts in shapes)
        {
            var space = family.Space(new TrainingShape(counts.Sum(), counts, 100, 110, 5000) { Svd = true });
            space.Fitting(family.Default).ShouldBe(family.Default);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Memory_MoreRowsOrClassesOrNgrams_IsNoLess(string name)
    {
        var family = ModelFamilies.Of(name);
        var shape = new TrainingShape(10_000, [.. Enumerable.Repeat(2_000, 5)], 20_000, 20_010, 1_000_000);
        var memory = family.Memory(shape);
        memory.ShouldBeInRange(1_000_000, 1_000_000_000);
        family.Memory(shape with { Rows = 20_000, Entries = 2_000_000 }).ShouldBeGreaterThan(memory);
        family.Memory(shape with { ClassCounts = [.. Enumerable.Repeat(20, 500)] }).ShouldBeGreaterThan(memory);
        family.Memory(shape with { Ngrams = 50_000, Columns = 50_010 }).ShouldBeGreaterThanOrEqualTo(memory);
    }

    [Theory]
    [InlineData("boosting")]
    [InlineData("forest")]
    public void SizedAs_FewerRounds_AsLargeAsAFitOfThem(string name)
    {
        Assert.SkipWhen(LightGbmLibrary.Unavailable is not null, LightGbmLibrary.Unavailable ?? "");
        using var problem = new Problem(3, 400);
        var request = problem.Request(name);
        var (whole, few) = (ModelFamilies.Of(name).Fit(request)!, ModelFamilies.Of(name).Fit(request with { Steps = 7 })!);
        var (taken, fitted) = (whole.SizedAs(7).Parameters(problem.Features), few.Parameters(problem.Features));
        taken.Sections.Select(section => (section.Name, section.Values.Length)).ShouldBe(fitted.Sections.Select(section => (section.Name, section.Values.Length)));
        whole.SizedAs(7).Scores(problem.Valid, 1).ShouldBe(few.Scores(problem.Valid, 1));
        whole.SizedAs(whole.Steps).ShouldBe(whole);
    }

    private static int Argmax(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var k = 1; k < scores.Length; k++)
            best = scores[k] > scores[best] ? k : best;
        return best;
    }

    /// <summary>Made-up reviews as matrices.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly FeatureMatrix _train;
        private readonly SharedFits _shared;

        public Problem(int classes, int rows, Func<int, int, int>? label = null, Func<int, string>? text = null)
        {
            Data = GeneratedReviews.Data(classes, rows, label: label, text: text);
            (Features, _train) = FittedFeatures.Learn(
                () => Data.Read(Split.Train), classes, Data.IsOrdered, GeneratedReviews.Features with { MaxFeatures = 2000 }, 1, MatrixMemory.Default, TestContext.Current.CancellationToken);
            Valid = Features.Transform(Data.Read(Split.Valid), classes, TestContext.Current.CancellationToken);
            _shared = new SharedFits(_train, Features.NgramCount);
        }

        public TrainingData Data { get; }

        public FittedFeatures Features { get; }

        public FeatureMatrix Valid { get; }

        public FitRequest Request(string name)
        {
            var family = ModelFamilies.Of(name);
            if (family.Unavailable is { } reason)
                Assert.Skip(reason);
            var space = family.Space(TrainingShape.Of(_train, Features.NgramCount));
            return new FitRequest(_train, Features.NgramCount, space.Complete(family.Default, TrialParameters.Empty, new Plumbline.Statistics.RandomSource(1)), 42) { Shared = _shared };
        }

        public IFittedModel Fit(string name, Func<FitRequest, FitRequest>? change = null)
        {
            var request = Request(name);
            return ModelFamilies.Of(name).Fit(change?.Invoke(request) ?? request).ShouldNotBeNull();
        }

        public void ShouldScoreTextsAsRows(IFittedModel fitted)
        {
            var classes = Valid.Classes;
            var scores = fitted.Scores(Valid, 1);
            var parameters = fitted.Parameters(Features);
            var classifier = new Classifier(Features.Contract, classes, parameters.Shape, parameters, Calibration.Identity(classes), DecisionRule.Argmax(classes));
            var probabilities = new float[classes];
            var row = 0;
            foreach (var batch in Data.Read(Split.Valid))
            {
                for (var record = 0; record < batch.Count; record++, row++)
                {
                    classifier.Predict(batch.Text(record), batch.Inputs(record), probabilities, default);
                    var expected = scores.AsSpan(row * classes, classes).ToArray();
                    Calibration.Identity(classes).Apply(expected);
                    for (var k = 0; k < classes; k++)
                        probabilities[k].ShouldBe(expected[k], 1e-4f);
                }
            }
        }

        public void Dispose()
        {
            Features.Dispose();
            _train.Dispose();
            Valid.Dispose();
        }
    }
}
