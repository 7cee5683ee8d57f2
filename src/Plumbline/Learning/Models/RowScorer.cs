using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>Scores rows as a fit saw them, so that one function serves the matrices of training and single texts, bit for bit.</summary>
internal abstract unsafe class RowScorer(FeatureTable table, NumericScaling scaling, int ngrams) : IScorer
{
    [ThreadStatic]
    private static int[]? t_indices;

    [ThreadStatic]
    private static float[]? t_values;

    /// <param name="scores">Receives one a class.</param>
    public abstract void Score(FeatureRow row, Span<float> scores);

    public void Score(FeatureBuffer buffer, Span<float> scores) => Score(Row(buffer), scores);

    /// <summary>The row that a fit would have seen; it lives until the thread asks for another.</summary>
    protected FeatureRow Row(FeatureBuffer buffer)
    {
        var count = buffer.Count + scaling.Count + buffer.CategoryColumns + 1;
        if (t_indices is null || t_indices.Length < count)
            (t_indices, t_values) = (new int[2 * count], new float[2 * count]);
        var indices = t_indices.AsSpan(0, count);
        var values = t_values.AsSpan(0, count);
        var scale = table.Stride - 2;
        buffer.Indices.AsSpan(0, buffer.Count).CopyTo(indices);
        for (var i = 0; i < buffer.Count; i++)
            values[i] = buffer.TermWeights[i] * table.Row(indices[i])[scale] * buffer.InverseNorm;
        var at = buffer.Count;
        for (var feature = 0; feature < scaling.Count; feature++, at++)
            (indices[at], values[at]) = (ngrams + feature, scaling.Scale(feature, buffer.Numeric[feature]));
        for (var column = 0; column < buffer.CategoryColumns; column++, at++)
            (indices[at], values[at]) = (ngrams + scaling.Count + buffer.CategoryFeatures[column], buffer.CategoryValues[column]);
        (indices[at], values[at]) = (ngrams + scaling.Count + buffer.CategoryCount, 1);
        return new FeatureRow(indices, values);
    }
}
