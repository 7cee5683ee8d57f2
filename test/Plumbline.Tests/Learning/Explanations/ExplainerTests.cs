using System.Text;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Models;
using Plumbline.Text;

namespace Plumbline.Tests.Learning.Explanations;

public sealed class ExplainerTests
{
    private static readonly FeatureOptions WordsAlone = GeneratedReviews.Features with { Ngrams = new NgramOptions(1, 1), Numeric = new NumericOptions(FromText: false) };

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Explain_LinearModel_ContributionsInterceptAndPriorAreTheLogOdds(int classes)
    {
        var model = GeneratedReviews.Trained(classes);
        var classifier = model.Classifier();
        var intercept = model.Parameters.Values<float>(ModelSections.Intercept);
        var sentiment = model.Contract.Numeric.ToList().FindIndex(feature => feature.Name == FeatureContract.Sentiment);
        var neutral = new NumericScaling(model.Contract.Numeric, model.Contract.Options.Numeric).Scale(sentiment, 0);
        var weights = model.Parameters.Values<float>(ModelSections.Numeric).AsSpan(sentiment * intercept.Length, intercept.Length).ToArray();
        double[] scores = [.. intercept.Zip(weights, (own, weight) => own + (double)(weight * neutral))];
        scores = classes == 2 ? [0, scores[0]] : scores;
        var probabilities = new float[classes];
        foreach (var (text, inputs) in Records(classes).Take(40))
        {
            var chosen = classifier.Predict(text, inputs, probabilities, default);
            var explanation = new Explainer(classifier).Explain(text, inputs, default, null, int.MaxValue);
            explanation.Label.ShouldBe(chosen);
            explanation.IsExact.ShouldBeTrue();
            explanation.LogOdds.ShouldBe(LogOdds(probabilities, chosen), 1e-3);
            explanation.Contributions.ShouldNotContain(contribution => contribution.Name == FeatureContract.Sentiment && contribution.Place == null);
            explanation.Rest.ShouldBe(Contrast([.. scores.Select((score, k) => (score + model.Calibration.Biases[k]) / model.Calibration.Temperature)], chosen), 1e-4);
        }
    }

    [Fact]
    public void Explain_LinearModel_AWordHasItsShareOfEveryNgram()
    {
        var model = FamilyTraining.Of("multinomial_nb", 5);
        var classifier = model.Classifier();
        var (text, inputs) = Records(5).First();
        var explanation = new Explainer(classifier).Explain(text, inputs, default, 3, int.MaxValue);
        var buffer = new FeatureBuffer();
        classifier.Vectorizer.Vectorize(text, inputs, classifier.Table, buffer);
        var table = model.Parameters.Values<float>(ModelSections.Table);
        var stride = model.Parameters.Shape.Stride;
        double sum = 0;
        for (var i = 0; i < buffer.Count; i++)
            sum += buffer.TermWeights[i] * buffer.InverseNorm * Contrast([.. table.AsSpan(buffer.Indices[i] * stride, 5).ToArray().Select(weight => (double)weight)], 3);
        explanation.Contributions.Where(contribution => contribution.Place is not null).Sum(contribution => contribution.LogOdds).ShouldBe(sum, 1e-4);
        explanation.Contributions.ShouldNotContain(contribution => contribution.Place == null);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Explain_OtherModel_WordsMoveByWhatLeavingThemOutChanges(int classes)
    {
        var classifier = FamilyTraining.Train("perceptron", classes, WordsAlone).Classifier();
        var probabilities = new float[classes];
        foreach (var (bytes, _) in Records(classes).Take(10))
        {
            var explanation = new Explainer(classifier).Explain(bytes, default, default, null, int.MaxValue);
            explanation.IsExact.ShouldBeFalse();
            explanation.Contributions.ShouldNotBeEmpty();
            foreach (var contribution in explanation.Contributions)
            {
                byte[] without = [.. bytes];
                without.AsSpan(contribution.Place!.Utf8Start..contribution.Place.Utf8End).Fill((byte)' ');
                classifier.Predict(without, default, probabilities, default);
                contribution.LogOdds.ShouldBe(explanation.LogOdds - LogOdds(probabilities, explanation.Label), 1e-3);
            }
        }
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("perceptron")]
    public void Explain_FewAskedFor_TheLargestInOrderAndTheRest(string family)
    {
        var explainer = new Explainer(FamilyTraining.Of(family, 5).Classifier());
        var (bytes, inputs) = Records(5).First();
        var text = Encoding.UTF8.GetString(bytes);
        var all = explainer.Explain(bytes, inputs, default, null, int.MaxValue);
        var few = explainer.Explain(bytes, inputs, default, null, 3);
        few.Contributions.ShouldBe(all.Contributions.Take(3));
        all.Contributions.Select(contribution => -Math.Abs(contribution.LogOdds)).ShouldBeInOrder();
        (few.Rest + few.Contributions.Sum(contribution => contribution.LogOdds)).ShouldBe(few.LogOdds, 1e-9);
        foreach (var contribution in all.Contributions.Where(contribution => contribution.Place is not null))
            text[contribution.Place!.Start..contribution.Place.End].ShouldBe(contribution.Name);
        all.Contributions.Where(contribution => contribution.Place is null).Select(contribution => contribution.Name).ShouldBeSubsetOf(FamilyTraining.Of(family, 5).Contract.Numeric.Select(feature => feature.Name));
    }

    [Fact]
    public void Explain_LongText_FewRunsOfWordsAreLeftOut()
    {
        byte[] text = [.. Records(5).SelectMany(record => record.Text.Append((byte)' '))];
        var explanation = new Explainer(FamilyTraining.Train("perceptron", 5, WordsAlone).Classifier()).Explain(text, default, default, null, int.MaxValue);
        explanation.Contributions.Count.ShouldBeInRange(1, 256);
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("perceptron")]
    public void Explain_EmptyText_NoWords(string family)
    {
        var explanation = new Explainer(FamilyTraining.Of(family, 5).Classifier()).Explain([], default, default, null, 10);
        explanation.Contributions.ShouldAllBe(contribution => contribution.Place == null);
        double.IsFinite(explanation.LogOdds).ShouldBeTrue();
    }

    [Fact]
    public void Of_LinearModel_MeanMagnitudesOverLabelsAndRecords()
    {
        var model = FamilyTraining.Of("logistic", 5);
        var classifier = model.Classifier();
        var rows = GeneratedReviews.Data(5, 100).Read(Split.Valid).ToArray();
        var importances = ModelImportances.Of(classifier, model.NgramNames, rows, 20, int.MaxValue, 1);
        var records = Records(5, 100, Split.Valid).ToArray();
        var expected = records.Sum(record => Enumerable.Range(0, 5).Sum(label => Math.Abs(
            new Explainer(classifier).Explain(record.Text, record.Inputs, default, label, int.MaxValue).Contributions.Where(contribution => contribution.Name == TextStatistics.Names[0] && contribution.Place is null)
                .Sum(contribution => contribution.LogOdds)))) / 5 / records.Length;
        importances.Single(importance => !importance.IsWord && importance.Name == TextStatistics.Names[0]).Value.ShouldBe(expected, 1e-6);
        importances.Select(importance => -importance.Value).ShouldBeInOrder();
        importances.ShouldContain(importance => importance.IsWord);
    }

    [Fact]
    public void Of_OtherModel_WordsAndFeaturesTheSameEveryTime()
    {
        var model = FamilyTraining.Of("perceptron", 5);
        var rows = GeneratedReviews.Data(5, 100).Read(Split.Valid).ToArray();
        var importances = ModelImportances.Of(model.Classifier(), model.NgramNames, rows, 20, 30, 1);
        importances.Count.ShouldBe(30);
        importances.ShouldBe(ModelImportances.Of(model.Classifier(), model.NgramNames, rows, 20, 30, 1));
        ModelImportances.Of(model.Classifier(), model.NgramNames, rows, 20, int.MaxValue, 1).ShouldContain(importance => importance.Name == TextStatistics.Names[0]);
        ModelImportances.Of(model.Classifier(), model.NgramNames, [], 0, 30, 1).ShouldBeEmpty();
    }

    private static IEnumerable<(byte[] Text, float[] Inputs)> Records(int classes, int rows = 300, Split split = Split.Test) =>
        GeneratedReviews.Data(classes, rows).Read(split).SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => (batch.Text(record).ToArray(), batch.Inputs(record).ToArray())));

    private static double LogOdds(ReadOnlySpan<float> probabilities, int label) => Contrast([.. probabilities.ToArray().Select(probability => Math.Log(probability))], label);

    private static double Contrast(double[] values, int label) => values[label] - values.Where((_, k) => k != label).Average();
}
