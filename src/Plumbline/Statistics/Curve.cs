namespace Plumbline.Statistics;

/// <summary>
/// Points of a curve from left to right, at most 200, coordinates rounded to four places: enough for a picture.
/// Areas are computed from all rows, never from these points.
/// </summary>
public sealed record Curve(double[] X, double[] Y)
{
    internal const int MaxPoints = 200;

    internal static Curve From(IEnumerable<(double X, double Y)> points)
    {
        var rounded = points.Select(point => (X: Math.Round(point.X, 4), Y: Math.Round(point.Y, 4))).Distinct().ToArray();
        return new Curve([.. rounded.Select(point => point.X)], [.. rounded.Select(point => point.Y)]);
    }

    /// <summary>
    /// The mean of several curves over [0, 1] at every percent, after <paramref name="start"/>. A curve's height is linear
    /// between its points, and its last one where it runs straight up or down.
    /// </summary>
    internal static Curve Mean(IReadOnlyList<Curve> curves, (double X, double Y) start) =>
        From([start, .. Enumerable.Range(0, 101).Select(step => (step / 100.0, curves.Average(curve => curve.At(step / 100.0))))]);

    private double At(double x)
    {
        var next = Array.FindIndex(X, value => value > x);
        if (next < 0)
            return Y[^1];
        if (next == 0)
            return Y[0];
        var share = (x - X[next - 1]) / (X[next] - X[next - 1]);
        return Y[next - 1] + (share * (Y[next] - Y[next - 1]));
    }
}
