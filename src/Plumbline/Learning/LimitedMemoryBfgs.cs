namespace Plumbline.Learning;

/// <summary>
/// Minimises a smooth, strictly convex function by limited-memory BFGS (Liu &amp; Nocedal 1989) with backtracking until the decrease is sufficient (Armijo 1966). Sequential, so that
/// the same function gives the same bits.
/// </summary>
internal static class LimitedMemoryBfgs
{
    private const int Pairs = 8;
    private const int MostRounds = 100;
    private const int MostHalvings = 40;
    private const double SufficientDecrease = 1e-4;

    /// <summary>Relative decrease of a round below which it ends.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>Value at a point; fills the gradient.</summary>
    public delegate double Function(ReadOnlySpan<double> at, Span<double> gradient);

    /// <param name="at">Where it begins; receives where it ends.</param>
    public static void Minimize(double[] at, Function function)
    {
        var (gradient, direction) = (new double[at.Length], new double[at.Length]);
        var (next, nextGradient) = (new double[at.Length], new double[at.Length]);
        var pairs = new Queue<(double[] Moved, double[] Bent, double Product)>();
        var value = function(at, gradient);
        for (var round = 0; round < MostRounds; round++)
        {
            Direct(gradient, pairs, direction);
            var slope = Dot(gradient, direction);
            // A first step as long as 1 at most; afterwards the curvature says how long.
            var step = pairs.Count > 0 ? 1 : 1 / Math.Max(1, Math.Sqrt(-slope));
            var found = double.PositiveInfinity;
            for (var halving = 0; halving < MostHalvings && !(found <= value + (SufficientDecrease * step * slope)); halving++)
            {
                step = halving == 0 ? step : step / 2;
                for (var i = 0; i < at.Length; i++)
                    next[i] = at[i] + (step * direction[i]);
                found = function(next, nextGradient);
            }
            if (!(found < value))
                return;
            Remember(pairs, at, next, gradient, nextGradient);
            next.CopyTo(at, 0);
            nextGradient.CopyTo(gradient, 0);
            if (value - found <= Tolerance * Math.Max(1, Math.Abs(found)))
                return;
            value = found;
        }
    }

    /// <summary>The two-loop recursion.</summary>
    private static void Direct(double[] gradient, Queue<(double[] Moved, double[] Bent, double Product)> pairs, double[] direction)
    {
        for (var i = 0; i < direction.Length; i++)
            direction[i] = -gradient[i];
        var remembered = pairs.ToArray();
        var shares = new double[remembered.Length];
        for (var pair = remembered.Length - 1; pair >= 0; pair--)
        {
            var (moved, bent, product) = remembered[pair];
            shares[pair] = Dot(moved, direction) / product;
            Add(direction, bent, -shares[pair]);
        }
        if (remembered is [.., var last])
        {
            var scale = last.Product / Dot(last.Bent, last.Bent);
            for (var i = 0; i < direction.Length; i++)
                direction[i] *= scale;
        }
        for (var pair = 0; pair < remembered.Length; pair++)
        {
            var (moved, bent, product) = remembered[pair];
            Add(direction, moved, shares[pair] - (Dot(bent, direction) / product));
        }
    }

    private static void Remember(
        Queue<(double[] Moved, double[] Bent, double Product)> pairs, double[] at, double[] next, double[] gradient, double[] nextGradient)
    {
        var (moved, bent) = (new double[at.Length], new double[at.Length]);
        for (var i = 0; i < at.Length; i++)
            (moved[i], bent[i]) = (next[i] - at[i], nextGradient[i] - gradient[i]);
        var product = Dot(moved, bent);
        // Rounding may hide the curvature of a tiny step.
        if (!(product > 0))
            return;
        if (pairs.Count == Pairs)
            pairs.Dequeue();
        pairs.Enqueue((moved, bent, product));
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (var i = 0; i < left.Length; i++)
            sum += left[i] * right[i];
        return sum;
    }

    private static void Add(double[] target, double[] values, double factor)
    {
        for (var i = 0; i < target.Length; i++)
            target[i] += factor * values[i];
    }
}
