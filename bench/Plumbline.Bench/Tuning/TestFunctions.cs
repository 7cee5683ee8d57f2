using Plumbline.Tuning.Spaces;

namespace Plumbline.Bench.Tuning;

internal static class TestFunctions
{
    public static IReadOnlyList<TestFunction> All { get; } =
    [
        new("Branin", new([new FloatParameter("x", -5, 10), new FloatParameter("y", 0, 15)]), p => Branin(p["x"].AsDouble(), p["y"].AsDouble()),
            new(0.778, 0.5337, 1.1344), new(0.4479, 0.4268, 0.5015), new(0.482, 0.4195, 0.5221)),
        Continuous("Hartmann-6", 6, 0, 1, Hartmann, new(-2.1231, -2.3896, -2.0154), new(-2.9956, -3.1139, -2.8402), new(-3.004, -3.1282, -2.8308)),
        Continuous("Ackley-5", 5, -32.768, 32.768, Ackley, new(17.1069, 16.4452, 17.9717), new(11.3709, 10.4357, 12.0652), new(10.0771, 8.8705, 10.8009)),
        Continuous("Rosenbrock-4", 4, -2.048, 2.048, Rosenbrock, new(34.6592, 17.8108, 59.9168), new(5.2362, 4.1728, 7.7683), new(5.7954, 4.2123, 6.5738)),
        Continuous("Rastrigin-5", 5, -5.12, 5.12, Rastrigin, new(40.956, 35.5123, 45.7619), new(25.845, 23.2674, 32.4199), new(26.533, 23.2825, 37.3756)),
        Continuous("Levy-5", 5, -10, 10, Levy, new(6.0604, 4.7533, 7.4638), new(0.8692, 0.6235, 1.4964), new(1.1981, 0.8009, 1.4407)),
        Continuous("Styblinski–Tang-5", 5, -5, 5, StyblinskiTang, new(-140.272, -150.271, -131.662), new(-166.828, -175.808, -161.374), new(-154.112, -163.726, -149.844)),
        new("logarithmic", new([new FloatParameter("a", 1e-5, 100, Log: true), new FloatParameter("b", 1e-6, 1, Log: true)]), p => Square(Log10(p, "a") + 1.5) + Square(Log10(p, "b") + 3.2),
            new(0.139, 0.0227, 0.2772), new(0.0053, 0.0028, 0.01), new(0.0052, 0.0031, 0.0098)),
        new("mixed", new([new CategoricalParameter("k", ["a", "b", "c", "d", "e"]), new IntParameter("n", 1, 50), new FloatParameter("x", -3, 3)]),
            p => ((p["k"].AsString()[0] - 'a') * 0.5) + (Square(p["n"].AsInt64() - 17) / 100) + Square(p["x"].AsDouble() - 0.7),
            new(0.5085, 0.1625, 0.6493), new(0.0032, 0.001, 0.0111), new(0.003, 0.001, 0.0106)),
        new("conditional", Conditional(), ConditionalValue, new(0.2036, 0.2026, 0.2044), new(0.2, 0.2, 0.2), new(0.2, 0.2, 0.2001)),
    ];

    private static TestFunction Continuous(string name, int dimensions, double low, double high, Func<double[], double> value, Quartiles random, Quartiles tpe, Quartiles multivariate) => new(
        name,
        new([.. Enumerable.Range(0, dimensions).Select(i => new FloatParameter($"x{i}", low, high))]),
        p => value([.. p.Values.Select(pair => pair.Value.AsDouble())]),
        random,
        tpe,
        multivariate);

    private static SearchSpace Conditional()
    {
        Condition linear = new("k", ["lin"]), tree = new("k", ["tree"]);
        return new([
            new CategoricalParameter("k", ["lin", "tree"]),
            new FloatParameter("c", 1e-4, 100, Log: true) { When = linear },
            new IntParameter("d", 2, 20) { When = tree },
            new FloatParameter("r", 0.01, 0.5, Log: true) { When = tree },
        ]);
    }

    private static double ConditionalValue(TrialParameters p) => p["k"].AsString() == "lin"
        ? 0.3 + (Square(Log10(p, "c") - 0.5) / 10)
        : 0.2 + (Square(p["d"].AsInt64() - 9) / 300) + (Square(Log10(p, "r") + 1) / 4);

    private static double Branin(double x, double y) =>
        Square(y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;

    private static double Hartmann(double[] x)
    {
        double[] alpha = [1, 1.2, 3, 3.2];
        double[][] a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]];
        double[][] p =
        [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ];
        return -Enumerable.Range(0, 4).Sum(i => alpha[i] * Math.Exp(-x.Select((value, j) => a[i][j] * Square(value - p[i][j])).Sum()));
    }

    private static double Ackley(double[] x) =>
        (-20 * Math.Exp(-0.2 * Math.Sqrt(x.Average(Square)))) - Math.Exp(x.Average(value => Math.Cos(2 * Math.PI * value))) + 20 + Math.E;

    private static double Rosenbrock(double[] x) => Enumerable.Range(0, x.Length - 1).Sum(i => (100 * Square(x[i + 1] - (x[i] * x[i]))) + Square(1 - x[i]));

    private static double Rastrigin(double[] x) => x.Sum(value => (value * value) - (10 * Math.Cos(2 * Math.PI * value)) + 10);

    private static double Levy(double[] x)
    {
        var w = x.Select(value => 1 + ((value - 1) / 4)).ToArray();
        return Square(Math.Sin(Math.PI * w[0])) + w[..^1].Sum(value => Square(value - 1) * (1 + (10 * Square(Math.Sin((Math.PI * value) + 1)))))
            + (Square(w[^1] - 1) * (1 + Square(Math.Sin(2 * Math.PI * w[^1]))));
    }

    private static double StyblinskiTang(double[] x) => 0.5 * x.Sum(value => Math.Pow(value, 4) - (16 * value * value) + (5 * value));

    private static double Square(double value) => value * value;

    private static double Log10(TrialParameters parameters, string name) => Math.Log10(parameters[name].AsDouble());
}
