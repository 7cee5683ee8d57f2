using System.Runtime.CompilerServices;

namespace Plumbline.Features;

/// <summary>How a raw number enters the model: standardised, clipped, weighted; a missing one as 0, the mean.</summary>
internal sealed class NumericScaling(IReadOnlyList<NumericFeature> features, NumericOptions options)
{
    private readonly float[] _means = [.. features.Select(feature => (float)feature.Mean)];
    private readonly float[] _inverseDeviations =
        [.. features.Select(feature => feature.StandardDeviation > 0 ? (float)(1 / feature.StandardDeviation) : 0)];

    private readonly float _clip = (float)options.Clip;
    private readonly float _weight = (float)options.Weight;

    public int Count => _means.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scale(int feature, float raw)
    {
        var standardised = (raw - _means[feature]) * _inverseDeviations[feature];
        return float.IsNaN(standardised) ? 0 : Math.Clamp(standardised, -_clip, _clip) * _weight;
    }
}
