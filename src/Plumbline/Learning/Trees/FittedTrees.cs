using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <param name="Arrays">Without those by which a text becomes n-grams.</param>
internal sealed record FittedTrees(ModelShape Shape, ModelParameters Arrays, int Ngrams, int Steps, bool LosesPrior) : IFittedModel
{
    public float[] Scores(FeatureMatrix matrix, int threads) => TreeScores.Of(new TreeEvaluation(Shape, Ngrams, Arrays), matrix, threads);

    public ModelParameters Parameters(FittedFeatures features) => new(Shape, [.. NgramSections.Of(features), .. Arrays.Sections]);
}
