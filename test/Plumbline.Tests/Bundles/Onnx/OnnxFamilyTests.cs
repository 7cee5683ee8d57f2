using System.Text;
using Plumbline.Bundles;
using Plumbline.Bundles.Onnx;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;
using Plumbline.Statistics;
using Plumbline.Tests.Learning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Bundles.Onnx;

public sealed class OnnxFamilyTests
{
    private static readonly FeatureOptions Features = GeneratedReviews.Features with { MaxFeatures = 600 };

    [Theory]
    [InlineData("multinomial_nb", 3)]
    [InlineData("complement_nb", 2)]
    [InlineData("logistic", 3)]
    [InlineData("svm", 2)]
    [InlineData("nb_svm", 3)]
    [InlineData("forest", 2)]
    [InlineData("forest", 3)]
    [InlineData("boosting", 2)]
    [InlineData("boosting", 3)]
    [InlineData("perceptron", 2)]
    [InlineData("perceptron", 3)]
    public void Export_EachFamily_AnswersAsTheBundle(string family, int classes) => ShouldAnswerAlike(GeneratedReviews.Data(classes, 250), Features, Of(family));

    [Theory]
    [InlineData("forest")]
    [InlineData("boosting")]
    public void Export_TreesOverComponents_AnswersAsTheBundle(string family) => ShouldAnswerAlike(GeneratedReviews.Data(3, 300), Features, Of(family, ("input", "svd"), ("rank", 20)));

    [Theory]
    [InlineData("forest")]
    [InlineData("perceptron")]
    [InlineData("logistic")]
    public void Export_WithoutNumbersOrWithFewNgrams_AnswersAsTheBundle(string family)
    {
        ShouldAnswerAlike(GeneratedReviews.Data(2, 200), Features with { Numeric = new NumericOptions(FromText: false) }, Of(family));
        ShouldAnswerAlike(GeneratedReviews.Data(3, 200), Features with { MinDf = 60 }, Of(family));
    }

    [Fact]
    public void Export_Ensemble_AnswersAsTheBundle() => ShouldAnswerAlike(GeneratedReviews.Data(3, 250), Features, Of("logistic"), Of("forest"), Of("perceptron"));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Export_Stacking_AnswersAsTheBundle(int classes)
    {
        float[] weights = [.. Enumerable.Range(0, 3 * classes).Select(i => 0.2f + (i / 20f))];
        var stacking = new StackingWeights(weights, [.. Enumerable.Range(0, classes).Select(k => k / 5f)]);
        ShouldAnswerAlike(GeneratedReviews.Data(classes, 250), Features, stacking, Of("logistic"), Of("forest"), Of("perceptron"));
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("boosting")]
    [InlineData("perceptron")]
    public void Export_Categories_AnswersAsTheBundle(string family)
    {
        string[] countries = ["DE", "FR", " Côte d'Ivoire", ""];
        var rows = Enumerable.Range(0, 120).Select(i => (Text: $"order {i % 17} from {(i % 3 == 0 ? "home" : "work")}!", Label: i / 3 % 2, Country: countries[(i / 3 % 2) + (i % 5 == 0 ? 2 : 0)]));
        var batch = new RecordBatch(
            [.. rows.SelectMany(row => Encoding.UTF8.GetBytes(row.Text))], [.. Ends(rows.Select(row => row.Text))], [.. rows.Select(row => row.Label)], [.. Enumerable.Range(0, 120).Select(row => (long)row)],
            [], 0, [.. rows.SelectMany(row => Encoding.UTF8.GetBytes(row.Country))], [.. Ends(rows.Select(row => row.Country))], 1);
        ShouldAnswerAlike(new TrainingData(["no", "yes"], _ => [batch]), FeatureOptions.Default with { Categorical = new CategoricalOptions(["country"]) }, Of(family));
    }

    private static (IModelFamily Family, TrialParameters Changed) Of(string family, params (string Name, ParameterValue Value)[] changed)
    {
        var found = ModelFamilies.Of(family);
        if (found.Unavailable is { } reason)
            Assert.Skip(reason);
        return (found, new TrialParameters(changed.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))));
    }

    private static IEnumerable<int> Ends(IEnumerable<string> values)
    {
        var end = 0;
        foreach (var value in values)
            yield return end += Encoding.UTF8.GetByteCount(value);
    }

    private static void ShouldAnswerAlike(TrainingData data, FeatureOptions options, params (IModelFamily Family, TrialParameters Changed)[] families) =>
        ShouldAnswerAlike(data, options, null, families);

    /// <summary>Fits one family, or several that vote or are stacked, and compares its graph on made-up records and on those of test.</summary>
    private static void ShouldAnswerAlike(TrainingData data, FeatureOptions options, StackingWeights? stacking, params (IModelFamily Family, TrialParameters Changed)[] families)
    {
        using var published = new PublishedBundle(Fit(data, options, stacking, families));
        using var bundle = Bundle.Open(published.Path);
        var model = OnnxExporter.Export(bundle);
        var cancellation = TestContext.Current.CancellationToken;
        ShouldBeSame(OnnxCheck.Run(bundle, model, [MadeUpRecords.Create(bundle, 200)], cancellation));
        // Batches of reviews have the one numeric input, of which a contract without it knows nothing.
        if (options.Numeric.BesideText + options.Categorical.Inputs.Count > 0)
            ShouldBeSame(OnnxCheck.Run(bundle, model, data.Read(Split.Test), cancellation));
    }

    private static void ShouldBeSame(OnnxAgreement agreement) => agreement.IsSame.ShouldBeTrue(agreement.ToString());

    private static TrainedModel Fit(TrainingData data, FeatureOptions options, StackingWeights? stacking, (IModelFamily Family, TrialParameters Changed)[] families)
    {
        var classes = data.Labels.Count;
        var (features, train) = FittedFeatures.Learn(() => data.Read(Split.Train), classes, data.IsOrdered, options, 1, MatrixMemory.Default, TestContext.Current.CancellationToken);
        using (features)
        using (train)
        {
            var shared = new SharedFits(train, features.NgramCount);
            var shape = TrainingShape.Of(train, features.NgramCount);
            var models = families.Select(one => one.Family.Fit(new FitRequest(train, features.NgramCount, one.Family.Space(shape).Complete(one.Changed, one.Family.Default, new RandomSource(1)), 42) { Shared = shared })!);
            float[] biases = [0.1f, -0.2f, .. new float[classes - 2]];
            var fitted = families.Length == 1
                ? models.Single()
                : new FittedEnsemble("ensemble", classes, [.. models.Select((model, i) => (model, 1f / families.Length, new Calibration(CalibrationMethod.Temperature, 0.5 + i, biases)))], stacking);
            return GeneratedReviews.Trained(classes) with
            {
                Labels = data.Labels,
                Contract = features.Contract,
                Parameters = fitted.Parameters(features),
                NgramNames = features.Names(data.Read(Split.Train)),
                Calibration = new Calibration(CalibrationMethod.Temperature, 1.3, biases),
                Decision = DecisionRule.Argmax(classes),
            };
        }
    }
}
