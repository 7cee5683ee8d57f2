using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>
/// Weights of a linear classifier over the columns of a <see cref="FeatureMatrix"/>, <paramref name="Lanes"/> floats a column of which the first
/// <paramref name="Outputs"/> count: one a class, or a single one for two classes (positive for the second).
/// </summary>
internal sealed record LinearModel(int Columns, int Outputs, int Lanes, float[] Weights)
{
    public Span<float> Row(int column) => Weights.AsSpan(column * Lanes, Lanes);
}
