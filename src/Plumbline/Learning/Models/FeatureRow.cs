namespace Plumbline.Learning.Models;

/// <summary>
/// One row of a <see cref="Features.FeatureMatrix"/>, wherever it comes from: n-grams in order of first occurrence, then every other column in
/// order, with the constant 1 of the intercept last.
/// </summary>
internal readonly ref struct FeatureRow(ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
{
    public ReadOnlySpan<int> Indices { get; } = indices;

    public ReadOnlySpan<float> Values { get; } = values;
}
