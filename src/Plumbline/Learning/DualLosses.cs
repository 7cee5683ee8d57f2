using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Plumbline.Learning;

/// <summary>
/// A loss of one row, as dual coordinate ascent sees it: given the scores z and the row's dual variables, the step that maximises the dual
/// objective over this row's variables alone. Spans have one entry a lane; lanes past the outputs stay 0.
/// </summary>
internal interface IDualLoss
{
    /// <summary>Variables of a row before its first visit.</summary>
    static abstract void Start(Span<float> dual, int label, int outputs);

    /// <summary>What multiplies x in the weights for a row's variables, counted from <paramref name="start"/>.</summary>
    static abstract void Delta(ReadOnlySpan<float> start, ReadOnlySpan<float> dual, Span<float> delta, int label, int outputs, float cost);

    /// <summary>
    /// Moves <paramref name="dual"/> to its optimum and writes to <paramref name="delta"/> what multiplies x in the weights' update.
    /// </summary>
    /// <param name="cost">C times the weight of the row's class.</param>
    /// <param name="squared">‖x‖².</param>
    /// <returns>How far the row was from optimal, 0 (optimal) to about 1.</returns>
    static abstract float Step(ReadOnlySpan<float> scores, Span<float> dual, Span<float> delta, int label, int outputs, float cost, float squared);
}

/// <summary>
/// Two-class logistic loss with one output. The dual variable is q, the probability of the wrong class; its optimum solves
/// logit q + a (q − q₀) + y z = 0 with a = C‖x‖² (Yu, Huang &amp; Lin 2011), here by Newton steps on logit q.
/// </summary>
internal readonly struct BinaryLogisticLoss : IDualLoss
{
    private const int MostSteps = 30;

    public static void Start(Span<float> dual, int label, int outputs) => dual[0] = 0;

    public static void Delta(ReadOnlySpan<float> start, ReadOnlySpan<float> dual, Span<float> delta, int label, int outputs, float cost) =>
        delta[0] = (label == 0 ? -1 : 1) * cost * (dual[0] - start[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Step(ReadOnlySpan<float> scores, Span<float> dual, Span<float> delta, int label, int outputs, float cost, float squared)
    {
        var y = label == 0 ? -1f : 1f;
        var margin = y * scores[0];
        var a = cost * squared;
        var before = dual[0];
        var q = Sigmoid(-margin);
        var violation = MathF.Abs(q - before);
        // The function is convex below 0 and concave above, so that Newton steps held to the root's side of 0 converge from one side after the
        // first, from wherever they start. Its value at 0 says which side that is.
        var isBelow = (a * (0.5f - before)) + margin > 0;
        var logit = isBelow ? MathF.Min(0, -margin) : MathF.Max(0, -margin);
        for (var i = 0; i < MostSteps; i++)
        {
            q = Sigmoid(logit);
            var next = logit - ((logit + (a * (q - before)) + margin) / (1 + (a * q * (1 - q))));
            next = isBelow ? MathF.Min(0, next) : MathF.Max(0, next);
            var moved = MathF.Abs(next - logit);
            logit = next;
            if (moved < 1e-3f)
                break;
        }
        q = Sigmoid(logit);
        dual[0] = q;
        delta[0] = y * cost * (q - before);
        return violation;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}

/// <summary>
/// Multinomial logistic loss, eight classes a vector. The dual variables are a distribution q over classes; its optimum solves
/// ln q + a (q − q₀) = z + λ, Σq = 1, with a = C‖x‖² (Lapin, Hein &amp; Schiele 2016). For a given λ each a·q is Wright's ω of
/// z + a q₀ + ln a + λ; Σω is convex and increasing in λ, so that Newton steps from its right converge from one side.
/// </summary>
internal readonly struct MultinomialLogisticLoss : IDualLoss
{
    private const int MostSteps = 12;

    /// <summary>Score of lanes past the classes: their probability is 0.</summary>
    private const float Nothing = -1e4f;

    public static void Start(Span<float> dual, int label, int outputs) => dual[label] = 1;

    public static void Delta(ReadOnlySpan<float> start, ReadOnlySpan<float> dual, Span<float> delta, int label, int outputs, float cost)
    {
        for (var k = 0; k < outputs; k++)
            delta[k] = cost * (start[k] - dual[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Step(ReadOnlySpan<float> scores, Span<float> dual, Span<float> delta, int label, int outputs, float cost, float squared)
    {
        var lanes = delta.Length;
        var a = cost * squared;
        var logA = MathF.Log(a);
        // Arguments of ω before λ, and their maximum; then q at the present scores for the violation.
        Span<float> arguments = stackalloc float[lanes];
        float most = Nothing, mostScore = Nothing;
        for (var k = 0; k < lanes; k++)
        {
            arguments[k] = k < outputs ? scores[k] + (a * dual[k]) + logA : Nothing;
            most = MathF.Max(most, arguments[k]);
            mostScore = k < outputs ? MathF.Max(mostScore, scores[k]) : mostScore;
        }
        var violation = Violation(scores, dual, delta, outputs, mostScore);
        // At this λ the largest ω alone is a, so that the root is at or left of it.
        var lambda = a + logA - most;
        for (var step = 0; step < MostSteps; step++)
        {
            Vector256<float> total = default, slope = default;
            for (var k = 0; k < lanes; k += Vector256<float>.Count)
            {
                var omega = WrightOmega(Vector256.Create<float>(arguments[k..]) + Vector256.Create(lambda));
                omega.CopyTo(delta[k..]);
                total += omega;
                slope += omega / (Vector256<float>.One + omega);
            }
            var excess = (Vector256.Sum(total) / a) - 1;
            if (MathF.Abs(excess) < 1e-4f)
                break;
            lambda -= excess * a / Vector256.Sum(slope);
        }
        var sum = 0f;
        for (var k = 0; k < outputs; k++)
            sum += delta[k];
        var inverse = 1 / sum;
        for (var k = 0; k < outputs; k++)
        {
            var optimum = delta[k] * inverse;
            delta[k] = cost * (dual[k] - optimum);
            dual[k] = optimum;
        }
        delta[outputs..].Clear();
        return violation;
    }

    /// <summary>Half the L1 distance between softmax of the scores and the dual variables.</summary>
    private static float Violation(ReadOnlySpan<float> scores, ReadOnlySpan<float> dual, Span<float> scratch, int outputs, float most)
    {
        var sum = 0f;
        for (var k = 0; k < scores.Length; k += Vector256<float>.Count)
            Vector256.Exp(Vector256.Create(scores[k..]) - Vector256.Create(most)).CopyTo(scratch[k..]);
        for (var k = 0; k < outputs; k++)
            sum += scratch[k];
        var violation = 0f;
        for (var k = 0; k < outputs; k++)
            violation += MathF.Abs((scratch[k] / sum) - dual[k]);
        return violation / 2;
    }

    /// <summary>
    /// ω with ω + ln ω = x, by Newton on u = ln ω from the least of three upper bounds: x, the tangent (x − 1)/2, and ln x.
    /// Two steps leave less than 1e-4 of relative error.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> WrightOmega(Vector256<float> x)
    {
        var u = Vector256.Min(x, (x - Vector256<float>.One) * 0.5f);
        u = Vector256.Min(u, Vector256.Log(Vector256.Max(x, Vector256<float>.One)) + Vector256.ConditionalSelect(
            Vector256.GreaterThan(x, Vector256<float>.One), Vector256<float>.Zero, Vector256.Create(1e9f)));
        var y = Vector256.Exp(u);
        u -= (u + y - x) / (Vector256<float>.One + y);
        y = Vector256.Exp(u);
        u -= (u + y - x) / (Vector256<float>.One + y);
        return Vector256.Exp(u);
    }
}

/// <summary>
/// Squared hinge loss, one class against the rest, a lane a class (or one lane for two classes): the exact coordinate step of
/// Hsieh, Chang, Lin, Keerthi &amp; Sundararajan (2008) for the L2-loss SVM. Dual variables are α ≥ 0, scaled by 1/(2C).
/// </summary>
internal readonly struct SquaredHingeLoss : IDualLoss
{
    public static void Start(Span<float> dual, int label, int outputs)
    {
    }

    public static void Delta(ReadOnlySpan<float> start, ReadOnlySpan<float> dual, Span<float> delta, int label, int outputs, float cost)
    {
        for (var k = 0; k < outputs; k++)
            delta[k] = Sign(label, k, outputs) * 2 * cost * (dual[k] - start[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sign(int label, int output, int outputs) => (outputs == 1 ? label == 1 : label == output) ? 1 : -1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Step(ReadOnlySpan<float> scores, Span<float> dual, Span<float> delta, int label, int outputs, float cost, float squared)
    {
        var violation = 0f;
        var curvature = (2 * cost * squared) + 1;
        for (var k = 0; k < outputs; k++)
        {
            var y = Sign(label, k, outputs);
            var gap = 1 - (y * scores[k]) - dual[k];
            var after = MathF.Max(0, dual[k] + (gap / curvature));
            delta[k] = y * 2 * cost * (after - dual[k]);
            violation = MathF.Max(violation, MathF.Abs(dual[k] > 0 || gap > 0 ? gap : 0));
            dual[k] = after;
        }
        return violation;
    }
}
