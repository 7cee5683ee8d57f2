namespace Plumbline.Bundles.Onnx;

/// <summary>How a graph's answers compare with the bundle's own.</summary>
/// <param name="Rows">Records that both answered.</param>
/// <param name="LargestDifference">Of a probability, over all records but those on an edge.</param>
/// <param name="DifferingLabels">Records with another label, but those on an edge.</param>
/// <param name="Edges">
/// Records where the bundle's own answers reach the graph's once the features of the text change by a few millionths: they lie on a step of the calibration, on a
/// threshold of a tree or between two labels, where rounding decides.
/// </param>
public sealed record OnnxAgreement(int Rows, double LargestDifference, int DifferingLabels, int Edges)
{
    /// <summary>Largest difference of a probability that rounding alone may make.</summary>
    public const float Tolerance = 1e-4f;

    private const int MostEdgesPercent = 1;

    public bool IsSame => LargestDifference <= Tolerance && DifferingLabels == 0 && Edges * 100 <= Rows * MostEdgesPercent;
}
