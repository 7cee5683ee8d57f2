using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Plumbline.Learning.Perceptrons;

/// <summary>Steps of Adam (Kingma &amp; Ba 2015), β₁ 0.9, β₂ 0.999, ε 10⁻⁸. Not thread-safe.</summary>
/// <param name="length">Floats that are learnt, a multiple of 8.</param>
internal sealed unsafe class AdamSteps(int length)
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[] _means = new float[length];
    private readonly float[] _squares = new float[length];
    private int _steps;

    /// <summary>One step against the gradient sums times <paramref name="share"/>, which become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(float* floats, float* sums, float share, float rate)
    {
        _steps++;
        var meanStep = Vector256.Create((float)(rate / (1 - Math.Pow(Beta1, _steps))));
        var squareScale = Vector256.Create((float)(1 / (1 - Math.Pow(Beta2, _steps))));
        fixed (float* means = _means, squares = _squares)
        {
            for (var i = 0; i < length; i += Vector256<float>.Count)
            {
                var gradient = Vector256.Load(sums + i) * share;
                var mean = (Vector256.Load(means + i) * Beta1) + (gradient * (1 - Beta1));
                var square = (Vector256.Load(squares + i) * Beta2) + (gradient * gradient * (1 - Beta2));
                mean.Store(means + i);
                square.Store(squares + i);
                Vector256<float>.Zero.Store(sums + i);
                (Vector256.Load(floats + i) - (meanStep * mean / (Vector256.Sqrt(square * squareScale) + Vector256.Create(Epsilon)))).Store(floats + i);
            }
        }
    }
}
