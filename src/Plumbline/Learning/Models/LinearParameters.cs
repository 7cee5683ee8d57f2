using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>A fitted linear model as arrays: the weights of n-grams are multiplied by their scales.</summary>
internal static class LinearParameters
{
    public static ModelParameters From(FittedFeatures features, LinearModel model, string family)
    {
        var outputs = model.Outputs;
        var stride = FeatureTable.StrideFor(outputs);
        var table = GC.AllocateArray<float>(checked(features.NgramCount * stride), pinned: true);
        for (var ngram = 0; ngram < features.NgramCount; ngram++)
        {
            var row = table.AsSpan(ngram * stride, stride);
            var scale = features.ScaleOf(ngram);
            for (var k = 0; k < outputs; k++)
                row[k] = model.Row(ngram)[k] * scale;
            row[stride - 2] = scale;
            row[stride - 1] = features.PolarityOf(ngram);
        }
        var numeric = features.Numeric.Count;
        var numericWeights = new float[numeric * outputs];
        for (var feature = 0; feature < numeric; feature++)
            model.Row(features.NgramCount + feature)[..outputs].CopyTo(numericWeights.AsSpan(feature * outputs));
        return new ModelParameters(
            new ModelShape(family, LinearScorer.Kind, outputs, stride),
            [
                .. features.SlotSection(),
                new ModelSection(ModelSections.Table, table, [features.NgramCount, stride]),
                ModelSection.Of<float>(ModelSections.Numeric, numericWeights, numeric, outputs),
                ModelSection.Of<float>(ModelSections.Intercept, model.Row(features.NgramCount + numeric)[..outputs]),
            ]);
    }
}
