using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Families;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Trees;

public sealed class TreeFitTests : IDisposable
{
    private const int Classes = 3;

    private readonly TrainingData _data = GeneratedReviews.Data(Classes, 400);
    private readonly FittedFeatures _features;
    private readonly FeatureMatrix _train;
    private readonly FeatureMatrix _valid;

    public TreeFitTests()
    {
        if (LightGbmLibrary.Unavailable is { } reason)
            Assert.Skip(reason);
        (_features, _train) = FittedFeatures.Learn(
            () => _data.Read(Split.Train), Classes, _data.IsOrdered, GeneratedReviews.Features with { MaxFeatures = 1500 }, 1, new MatrixMemory(40_000, Path.GetTempPath()), CancellationToken.None);
        _valid = _features.Transform(_data.Read(Split.Valid), Classes, CancellationToken.None);
    }

    public static TheoryData<string, string> FamiliesAndInputs => new(from family in new[] { "boosting", "forest" } from input in new[] { "sparse", "svd" } select (family, input));

    [Theory]
    [MemberData(nameof(FamiliesAndInputs))]
    public void Scores_OfRowsAndOfTheirTexts_AreTheSameBits(string family, string input)
    {
        var fitted = Fit(family, input);
        var parameters = fitted.Parameters(_features);
        var scorer = Scorers.Open(parameters.Shape, _features.Contract, new NumericScaling(_features.Numeric, _features.Contract.Options.Numeric), parameters);
        var classifier = new Classifier(_features.Contract, Classes, parameters.Shape, parameters, Calibration.Identity(Classes), DecisionRule.Argmax(Classes));
        var scores = fitted.Scores(_valid, 2);
        var row = 0;
        var (probabilities, again) = (new float[Classes], new float[Classes]);
        foreach (var batch in _data.Read(Split.Valid))
        {
            for (var record = 0; record < batch.Count; record++, row++)
            {
                // Leaves the vectorised text in the thread's buffer.
                classifier.Predict(batch.Text(record), batch.Inputs(record), probabilities, default);
                scorer.Score(FeatureBuffer.Current, again);
                again.ShouldBe(scores.AsSpan(row * Classes, Classes).ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(FamiliesAndInputs))]
    public void Fit_Steps_AsManyRoundsAndTheScoresReportedThen(string family, string input)
    {
        var reported = new Dictionary<int, float[]>();
        Fit(family, input, request => request with { Valid = _valid, Intermediate = (step, scores) => reported.TryAdd(step, scores) });
        reported.Keys.Order().ShouldBe([10, 20, 25]);
        var shorter = Fit(family, input, request => request with { Steps = 20 });
        shorter.Steps.ShouldBe(20);
        shorter.Scores(_valid, 1).ShouldBe(reported[20]);
    }

    [Fact]
    public void Fit_FewerComponents_AreThoseOfMore()
    {
        var (few, more) = (Fit("boosting", "svd", rank: 20).Parameters(_features), Fit("boosting", "svd", rank: 40).Parameters(_features));
        (few.Shape.Trees!.Rank, more.Shape.Trees!.Rank).ShouldBe((20, 40));
        var (a, b) = (few.Values<float>(TreeSections.Components), more.Values<float>(TreeSections.Components));
        for (var place = 0; place < few.Shape.Trees.Selected; place++)
            a.AsSpan(place * 20, 20).SequenceEqual(b.AsSpan(place * 40, 20)).ShouldBeTrue();
    }

    [Fact]
    public void Fit_Sparse_AsksForTheNgramsThatTellMost()
    {
        var parameters = Fit("boosting", "sparse").Parameters(_features);
        var selected = NgramRanking.Of(_train, _features.NgramCount).ByChiSquare[..200].ToArray();
        var inputs = new TreeEvaluation(parameters.Shape, _features.NgramCount, parameters).Inputs;
        inputs.Columns()[..200].ShouldBe(selected);
        inputs.Columns()[200..].ShouldBe(Enumerable.Range(_features.NgramCount, _features.Columns - _features.NgramCount - 1));
    }

    [Fact]
    public void Contribute_Texts_SumsAreTheScores()
    {
        var parameters = Fit("boosting", "sparse").Parameters(_features);
        var classifier = new Classifier(_features.Contract, Classes, parameters.Shape, parameters, Calibration.Identity(Classes), DecisionRule.Argmax(Classes));
        var scorer = classifier.Scorer.ShouldBeAssignableTo<IAdditiveScorer>()!;
        var (probabilities, scores) = (new float[Classes], new float[Classes]);
        foreach (var batch in _data.Read(Split.Valid))
        {
            for (var record = 0; record < batch.Count; record++)
            {
                classifier.Predict(batch.Text(record), batch.Inputs(record), probabilities, default);
                var buffer = FeatureBuffer.Current;
                scorer.Score(buffer, scores);
                var contributions = new double[(buffer.Count + _features.Numeric.Count + 1) * Classes];
                scorer.Contribute(buffer, contributions);
                for (var k = 0; k < Classes; k++)
                    Enumerable.Range(0, contributions.Length / Classes).Sum(row => contributions[(row * Classes) + k]).ShouldBe(scores[k], 1e-4);
            }
        }
    }

    [Fact]
    public void Fit_ClassWeights_LosesThePrior()
    {
        Fit("forest", "sparse").LosesPrior.ShouldBeFalse();
        Fit("forest", "sparse", extra: [new("class_weights", "balanced")]).LosesPrior.ShouldBeTrue();
    }

    public void Dispose()
    {
        _features?.Dispose();
        _train?.Dispose();
        _valid?.Dispose();
    }

    private IFittedModel Fit(string family, string input, Func<FitRequest, FitRequest>? change = null, int rank = 20, KeyValuePair<string, ParameterValue>[]? extra = null)
    {
        var size = input == "svd" ? KeyValuePair.Create("rank", (ParameterValue)rank) : KeyValuePair.Create("ngrams", (ParameterValue)200);
        var chosen = new TrialParameters(
        [
            new("input", input), size, new(family == "forest" ? "trees" : "rounds", 25), .. extra ?? [],
            .. ModelFamilies.Of(family).Default.Values.Where(pair => pair.Key is not ("input" or "ngrams" or "rank" or "trees" or "rounds")),
        ]);
        var request = new FitRequest(_train, _features.NgramCount, chosen, 42) { Shared = new SharedFits(_train, _features.NgramCount) };
        return ModelFamilies.Of(family).Fit(change?.Invoke(request) ?? request).ShouldNotBeNull();
    }
}
