using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Explanations;

public sealed class TreeShapScorerTests
{
    private static readonly KeyValuePair<string, ParameterValue>[] Projected = [new("input", "svd"), new("rank", 20)];

    public static TheoryData<string, bool, int> Models =>
        [.. from family in new[] { "forest", "boosting" } from projected in new[] { false, true } from classes in new[] { 2, 5 } select (family, projected, classes)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Contribute_AnyText_AddsUpToTheScores(string family, bool projected, int classes)
    {
        var classifier = Trained(family, projected, classes).Classifier();
        var scorer = classifier.Scorer.ShouldBeAssignableTo<IAdditiveScorer>()!;
        foreach (var record in Records(classifier, classes).Take(30))
        {
            var contributions = Contributions(classifier, scorer, record);
            contributions.ShouldAllBe(contribution => double.IsFinite(contribution));
            for (var k = 0; k < classes; k++)
                Enumerable.Range(0, contributions.Length / classes).Sum(i => contributions[(i * classes) + k]).ShouldBe(record.Scores[k], 1e-3);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Contribute_Forest_ShapleyValuesOfTheSharesUpToOneFactorALabel(int classes)
    {
        var model = Trained("forest", false, classes);
        var classifier = model.Classifier();
        var evaluation = new TreeEvaluation(model.Parameters.Shape, model.Contract.NgramFeatures, model.Parameters);
        var shap = new TreeShap(evaluation, model.Parameters);
        var (outputs, numeric) = (evaluation.Model.Outputs, classifier.NumericCount);
        var ofInputs = new double[evaluation.Inputs.Count * outputs];
        var scaling = new NumericScaling(model.Contract.Numeric, model.Contract.Options.Numeric);
        foreach (var record in Records(classifier, classes).Take(10))
        {
            shap.Explain(RowOf(record, classifier, scaling), ofInputs);
            var contributions = Contributions(classifier, (IAdditiveScorer)classifier.Scorer, record);
            for (var output = 0; output < outputs; output++)
            {
                // Numeric features are the last inputs, and stand after the n-grams.
                var ofShares = Enumerable.Range(0, numeric).Select(feature => ofInputs[((evaluation.Inputs.Count - numeric + feature) * outputs) + output]).ToArray();
                var ofScores = Enumerable.Range(0, numeric).Select(feature => contributions[((record.Buffer.Count + feature) * classes) + classes - outputs + output]).ToArray();
                var factor = ofScores.Sum() / ofShares.Sum();
                factor.ShouldBeGreaterThan(0);
                for (var feature = 0; feature < numeric; feature++)
                    ofScores[feature].ShouldBe(ofShares[feature] * factor, 1e-9);
            }
        }
    }

    [Theory]
    [InlineData("forest")]
    [InlineData("boosting")]
    public void Explain_TreesOverComponents_WordsFeaturesAndRestAreTheLogOdds(string family)
    {
        var classifier = Trained(family, true, 5).Classifier();
        var explainer = new Explainer(classifier);
        foreach (var record in Records(classifier, 5).Take(10))
        {
            var explanation = explainer.Explain(record, null, int.MaxValue);
            explanation.IsExact.ShouldBeTrue();
            explanation.Contributions.ShouldContain(contribution => contribution.Place != null);
            (explanation.Rest + explanation.Contributions.Sum(contribution => contribution.LogOdds)).ShouldBe(explanation.LogOdds, 1e-9);
        }
    }

    [Theory]
    [InlineData("forest")]
    [InlineData("boosting")]
    public void Explain_EmptyText_OverComponents_NoWords(string family)
    {
        var explanation = new Explainer(Trained(family, true, 2).Classifier()).Explain([], default, default, null, 10);
        explanation.Contributions.ShouldAllBe(contribution => contribution.Place == null && double.IsFinite(contribution.LogOdds));
    }

    [Fact]
    public void Explain_OpinionsThatCancelOut_NoWordHasMoreThanTheySay()
    {
        var model = Trained("boosting", false, 2);
        var (first, second) = Opposites(model.Classifier(), model.NgramNames);
        var sentiment = model.Contract.Numeric.ToList().FindIndex(feature => feature.Name == FeatureContract.Sentiment);
        var text = System.Text.Encoding.UTF8.GetBytes($"{first} {second}");
        var opinion = new ExplainedRecord(model.Classifier(), text, default, default).Buffer.Numeric[sentiment];
        // The one tree asks whether the sentiment is above half of the text's, which is next to none.
        var threshold = new NumericScaling(model.Contract.Numeric, model.Contract.Options.Numeric).Scale(sentiment, opinion / 2);
        var tree = new TreeArrays { Roots = { 0 }, Nodes = { new TreeNode(model.Parameters.Shape.Trees!.Selected + sentiment, threshold, ~0, ~1) }, Leaves = { -1, 1 }, Gains = { 1 }, NodeRows = { 100 }, LeafRows = { 50, 50 } };
        var sections = tree.Sections();
        model = model with { Parameters = model.Parameters with { Sections = [.. model.Parameters.Sections.Where(section => !sections.Any(other => other.Name == section.Name)), .. sections] } };
        var explanation = new Explainer(model.Classifier()).Explain(text, default, default, 1, int.MaxValue);
        explanation.Contributions.ShouldAllBe(contribution => contribution.Place != null && Math.Abs(contribution.LogOdds) <= 20);
        (explanation.Rest + explanation.Contributions.Sum(contribution => contribution.LogOdds)).ShouldBe(explanation.LogOdds, 1e-9);
    }

    /// <summary>Two words whose polarities are next to opposite, the stronger one positive.</summary>
    private static unsafe (string First, string Second) Opposites(Classifier classifier, string?[] names)
    {
        var words = names.Index().Where(name => name.Item is { } word && word.All(char.IsAsciiLetterLower))
            .Select(name => (Word: name.Item!, Polarity: classifier.Table.Row(name.Index)[classifier.Table.Stride - 1])).Where(word => Math.Abs(word.Polarity) > 0.02).ToArray();
        var pairs = from positive in words from negative in words where positive.Polarity + negative.Polarity is > 0 and < 0.0003f select (positive.Word, negative.Word);
        return pairs.First();
    }

    private static TrainedModel Trained(string family, bool projected, int classes)
    {
        if (LightGbmLibrary.Unavailable is { } reason)
            Assert.Skip(reason);
        return projected ? FamilyTraining.Train(family, classes, GeneratedReviews.Features, Projected) : FamilyTraining.Of(family, classes);
    }

    private static double[] Contributions(Classifier classifier, IAdditiveScorer scorer, ExplainedRecord record)
    {
        var contributions = new double[(record.Buffer.Count + classifier.OtherFeatures + 1) * classifier.Classes];
        scorer.Contribute(record.Buffer, contributions);
        return contributions;
    }

    private static unsafe FeatureRow RowOf(ExplainedRecord record, Classifier classifier, NumericScaling scaling)
    {
        var buffer = record.Buffer;
        var (indices, values) = (new int[buffer.Count + scaling.Count + 1], new float[buffer.Count + scaling.Count + 1]);
        for (var i = 0; i < buffer.Count; i++)
            (indices[i], values[i]) = (buffer.Indices[i], buffer.TermWeights[i] * classifier.Table.Row(buffer.Indices[i])[classifier.Table.Stride - 2] * buffer.InverseNorm);
        for (var feature = 0; feature < scaling.Count; feature++)
            (indices[buffer.Count + feature], values[buffer.Count + feature]) = (classifier.Contract.NgramFeatures + feature, scaling.Scale(feature, buffer.Numeric[feature]));
        (indices[^1], values[^1]) = (classifier.Contract.NgramFeatures + scaling.Count, 1);
        return new FeatureRow(indices, values);
    }

    private static IEnumerable<ExplainedRecord> Records(Classifier classifier, int classes) =>
        GeneratedReviews.Data(classes, 300).Read(Split.Test).SelectMany(batch => Enumerable.Range(0, batch.Count)
            .Select(record => new ExplainedRecord(classifier, batch.Text(record), batch.Inputs(record), default)));
}
