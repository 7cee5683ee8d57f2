using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>
/// A fitted linear classifier as arrays, ready to be written or to score: the weights of n-grams are multiplied by their scales, so that
/// scoring needs only term weights and the norm. Arrays are pinned.
/// </summary>
/// <param name="Slots">Vocabulary slots; empty where n-grams are hashed.</param>
/// <param name="Table">Rows of <see cref="FeatureTable"/>: one weight an output, scale, polarity.</param>
/// <param name="Stride">Floats a row of <paramref name="Table"/>.</param>
/// <param name="NumericWeights">Numeric features × outputs.</param>
/// <param name="CategoryWeights">Categories of all columns × outputs.</param>
/// <param name="Intercept">One an output.</param>
internal sealed record LinearParameters(ulong[] Slots, float[] Table, int Stride, float[] NumericWeights, float[] CategoryWeights, float[] Intercept)
{
    public int Outputs => Intercept.Length;

    public static LinearParameters From(FittedFeatures features, LinearModel model)
    {
        var outputs = model.Outputs;
        var stride = FeatureTable.StrideFor(outputs);
        var slots = GC.AllocateUninitializedArray<ulong>(features.Slots.Length, pinned: true);
        features.Slots.CopyTo(slots, 0);
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
        return new LinearParameters(
            slots, table, stride, Rows(model, features.NgramCount, numeric), Rows(model, features.NgramCount + numeric, intercept - features.NgramCount - numeric),
            Rows(model, intercept, 1));
    }

    private static float[] Rows(LinearModel model, int first, int count)
    {
        var rows = GC.AllocateArray<float>(count * model.Outputs, pinned: true);
        for (var row = 0; row < count; row++)
            model.Row(first + row)[..model.Outputs].CopyTo(rows.AsSpan(row * model.Outputs));
        return rows;
    }
}
