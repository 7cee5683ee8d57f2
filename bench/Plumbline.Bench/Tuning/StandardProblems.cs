using Plumbline.Tuning.Spaces;

namespace Plumbline.Bench.Tuning;

/// <summary>Problems whose optimum, or front, is known.</summary>
internal static class StandardProblems
{
    /// <summary>Rosenbrock's valley in 10 dimensions (minimum 0 at 1, …, 1) and an ellipsoid whose axes differ a thousandfold (0 at 0.5, …, 0.5).</summary>
    public static IReadOnlyList<(string Name, SearchSpace Space, Func<double[], double> Value)> Minima { get; } =
    [
        ("Rosenbrock-10 on ±5", Cube(10, -5, 5), static x => Enumerable.Range(0, 9).Sum(i => (100 * Math.Pow(x[i + 1] - (x[i] * x[i]), 2)) + Math.Pow(1 - x[i], 2))),
        ("Ellipsoid-10 on ±5", Cube(10, -5, 5), static x => Enumerable.Range(0, 10).Sum(i => Math.Pow(10, 6.0 * i / 9) * Math.Pow(x[i] - 0.5, 2))),
    ];

    /// <summary>ZDT1 and ZDT2 (Zitzler, Deb &amp; Thiele 2000) in 30 dimensions; area that the known front dominates below (1.1, 1.1).</summary>
    public static IReadOnlyList<(string Name, SearchSpace Space, Func<double[], double[]> Values, double Area)> Fronts { get; } =
    [
        ("ZDT1", Cube(30, 0, 1), static x => Zdt(x, Math.Sqrt), 0.1 + (2.0 / 3) + 0.11),
        ("ZDT2", Cube(30, 0, 1), static x => Zdt(x, static share => share * share), 0.1 + (1.0 / 3) + 0.11),
    ];

    /// <summary>Area between the points and (1.1, 1.1) that some point dominates.</summary>
    public static double DominatedArea(IEnumerable<double[]> points)
    {
        double area = 0, top = 1.1;
        foreach (var point in points.Where(point => point[0] < 1.1 && point[1] < 1.1).OrderBy(point => point[0]))
        {
            area += (1.1 - point[0]) * Math.Max(0, top - point[1]);
            top = Math.Min(top, point[1]);
        }
        return area;
    }

    private static SearchSpace Cube(int dimensions, double low, double high) => new([.. Enumerable.Range(0, dimensions).Select(i => new FloatParameter($"x{i}", low, high))]);

    private static double[] Zdt(double[] x, Func<double, double> shape)
    {
        var g = 1 + (9 * x[1..].Average());
        return [x[0], g * (1 - shape(x[0] / g))];
    }
}
