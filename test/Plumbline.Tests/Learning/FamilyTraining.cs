using System.Collections.Concurrent;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Families;
using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning;

/// <summary>Made-up reviews classified by any family with its default parameters; each trained once for all tests, which only read it.</summary>
internal static class FamilyTraining
{
    private static readonly ConcurrentDictionary<(string Family, int Classes), Lazy<TrainedModel>> Models = new();

    public static TrainedModel Of(string family, int classes) => Models.GetOrAdd((family, classes), key => new(() => Train(key.Family, key.Classes, GeneratedReviews.Features))).Value;

    /// <param name="changed">Parameters that are not the default's.</param>
    public static TrainedModel Train(string name, int classes, FeatureOptions options, params IEnumerable<KeyValuePair<string, ParameterValue>> changed)
    {
        var family = ModelFamilies.Of(name);
        var data = GeneratedReviews.Data(classes, 500);
        var (features, train) = FittedFeatures.Learn(
            () => data.Read(Split.Train), classes, data.IsOrdered, options, 1, MatrixMemory.Default, CancellationToken.None);
        using (features)
        using (train)
        {
            var named = changed.Select(parameter => parameter.Key).ToArray();
            var fixedParameters = new TrialParameters([.. family.Default.Values.Where(parameter => !named.Contains(parameter.Key)), .. changed]);
            var parameters = family.Space(TrainingShape.Of(train, features.NgramCount) with { Svd = true }).Complete(fixedParameters, TrialParameters.Empty, new RandomSource(1));
            var fitted = family.Fit(new FitRequest(train, features.NgramCount, parameters, 42) { Shared = new SharedFits(train, features.NgramCount) })!;
            return GeneratedReviews.Trained(classes) with
            {
                Contract = features.Contract,
                Parameters = fitted.Parameters(features),
                NgramNames = features.Names(data.Read(Split.Train)),
                Calibration = Calibration.Identity(classes),
                Decision = DecisionRule.Argmax(classes),
            };
        }
    }
}
