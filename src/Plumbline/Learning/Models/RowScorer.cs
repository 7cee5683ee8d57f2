using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>Scores rows as a fit saw them, so that one function serves the matrices of training and single texts, bit for bit.</summary>
internal abstract unsafe class RowScorer(FeatureTable table, NumericScaling scaling, int ngrams) : IScorer
{
    [ThreadStatic]
    private static int[]? t_indices;

    [ThreadStatic]
    private static float[]? t_values;

    /// <summary>Columns that are n-grams.</summary>
    protected int Ngrams => ngrams;

    /// <summary>Columns after the n-grams, the intercept's constant included.</summary>
    protected int OtherColumns => scaling.Count + 1;

    /// <param name="scores">Receives one a class.</param>
    public abstract void Score(FeatureRow row, Span<float> scores);

    public void Score(FeatureBuffer buffer, Span<float> scores)
    {
        var count = buffer.Count + scaling.Count + 1;
        if (t_indices is null || t_indices.Length < count)
            (t_indices, t_values) = (new int[2 * count], new float[2 * count]);
        var indices = t_indices.AsSpan(0, count);
        var values = t_values.AsSpan(0, count);
        var scale = table.Stride - 2;
        buffer.Indices.AsSpan(0, buffer.Count).CopyTo(indices);
        for (var i = 0; i < buffer.Count; i++)
            values[i] = buffer.TermWeights[i] * table.Row(indices[i])[scale] * buffer.InverseNorm;
        for (var feature = 0; feature <= scaling.Count; feature++)
        {
            indices[buffer.Count + feature] = ngrams + feature;
            values[buffer.Count + feature] = feature == scaling.Count ? 1 : scaling.Scale(feature, buffer.Numeric[feature]);
        }
        Score(new FeatureRow(indices, values), scores);
    }
}
