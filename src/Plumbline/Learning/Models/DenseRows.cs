using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Plumbline.Learning.Models;

/// <summary>The vector operations of a perceptron, over rows whose length is a multiple of 8 floats. Products and sums are rounded separately, so that every machine gives the same bits.</summary>
internal static unsafe class DenseRows
{
    /// <summary>target += scale × row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* target, float scale, float* row, int length)
    {
        var factor = Vector256.Create(scale);
        for (var lane = 0; lane < length; lane += Vector256<float>.Count)
            (Vector256.Load(target + lane) + (factor * Vector256.Load(row + lane))).Store(target + lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(float* left, float* right, int length)
    {
        var sum = Vector256<float>.Zero;
        for (var lane = 0; lane < length; lane += Vector256<float>.Count)
            sum += Vector256.Load(left + lane) * Vector256.Load(right + lane);
        return Vector256.Sum(sum);
    }
}
