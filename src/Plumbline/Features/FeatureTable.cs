using System.Runtime.CompilerServices;

namespace Plumbline.Features;

/// <summary>
/// Rows of floats, one an n-gram feature, in memory that may be a mapped file: any number of lanes (weights, one a class), then the
/// scale (inverse document frequency) and the polarity of the n-gram, so that scoring touches one place a feature.
/// </summary>
internal readonly unsafe struct FeatureTable(float* rows, int stride)
{
    /// <summary>Floats a row; scale and polarity are the last two.</summary>
    public int Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int feature) => rows + ((long)feature * Stride);

    /// <summary>Floats a row that holds <paramref name="weights"/> weights, so that rows divide into whole vectors and cache lines.</summary>
    public static int StrideFor(int weights) => weights switch
    {
        0 => 2,
        <= 2 => 4,
        _ => (weights + 2 + 7) & ~7,
    };
}
