using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Families;

/// <summary>A fitted linear model of any family.</summary>
internal sealed record FittedLinear(LinearModel Model, string Family, int Steps, bool LosesPrior) : IFittedModel
{
    public float[] Scores(FeatureMatrix matrix, int threads) => LinearScores.Of(Model, matrix, threads);

    public ModelParameters Parameters(FittedFeatures features) => LinearParameters.From(features, Model, Family);
}
