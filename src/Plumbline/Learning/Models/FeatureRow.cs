namespace Plumbline.Learning.Models;

/// <summary>
/// One row of a <see cref="Features.FeatureMatrix"/>, wherever it comes from: n-grams in order of first occurrence, then every numeric feature in
/// order, one entry a categorical column (its category's feature, or a 0 of the column's first), and the constant 1 of the intercept.
/// </summary>
internal readonly ref struct FeatureRow(ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
{
    public ReadOnlySpan<int> Indices { get; } = indices;

    public ReadOnlySpan<float> Values { get; } = values;
}
