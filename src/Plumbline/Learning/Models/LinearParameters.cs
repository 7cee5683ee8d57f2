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
        var intercept = features.Columns - 1;
        var categories = intercept - numeric - features.NgramCount;
        return new ModelParameters(
            new ModelShape(family, LinearScorer.Kind, outputs, stride),
            [
                .. features.SlotSection(),
                new ModelSection(ModelSections.Table, table, [features.NgramCount, stride]),
                ModelSection.Of<float>(ModelSections.Numeric, Rows(model, features.NgramCount, numeric), numeric, outputs),
                .. categories == 0 ? Array.Empty<ModelSection>()
                    : [ModelSection.Of<float>(ModelSections.Categorical, Rows(model, features.NgramCount + numeric, categories), categories, outputs)],
                ModelSection.Of<float>(ModelSections.Intercept, Rows(model, intercept, 1)),
            ]);
    }

    private static float[] Rows(LinearModel model, int first, int count)
    {
        var rows = new float[count * model.Outputs];
        for (var row = 0; row < count; row++)
            model.Row(first + row)[..model.Outputs].CopyTo(rows.AsSpan(row * model.Outputs));
        return rows;
    }
}
