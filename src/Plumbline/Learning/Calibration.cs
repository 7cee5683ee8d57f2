namespace Plumbline.Learning;

/// <summary>How scores become probabilities.</summary>
public enum CalibrationMethod
{
    /// <summary>softmax of the scores as they are.</summary>
    None,

    /// <summary>softmax((z + b) / T) (Guo et al. 2017); b is 0 unless the fit weighted classes, when it restores the natural class prior (Alexandari et al. 2020).</summary>
    Temperature,

    /// <summary>Temperature, then a monotone step function a class by pool-adjacent-violators, renormalised (Zadrozny &amp; Elkan 2002).</summary>
    Isotonic,
}

/// <summary>Calibration learnt on valid, to its natural class mix. Immutable and thread-safe.</summary>
/// <param name="Temperature">T, more than 0.</param>
/// <param name="Biases">b, one a class.</param>
/// <param name="Isotonic">For each class its steps; null unless isotonic.</param>
public sealed record Calibration(CalibrationMethod Method, double Temperature, IReadOnlyList<float> Biases, IReadOnlyList<IsotonicSteps>? Isotonic = null)
{
    private readonly float _inverse = (float)(1 / Temperature);
    private readonly float[] _biases = [.. Biases];

    public static Calibration Identity(int classes) => new(CalibrationMethod.None, 1, new float[classes]);

    /// <summary>Turns one row's scores into probabilities in place.</summary>
    public void Apply(Span<float> scores)
    {
        var most = float.NegativeInfinity;
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] = (scores[k] + _biases[k]) * _inverse;
            most = MathF.Max(most, scores[k]);
        }
        var sum = 0f;
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] = MathF.Exp(scores[k] - most);
            sum += scores[k];
        }
        var inverse = 1 / sum;
        for (var k = 0; k < scores.Length; k++)
            scores[k] *= inverse;
        if (Isotonic is null)
            return;
        sum = 0;
        for (var k = 0; k < scores.Length; k++)
            sum += scores[k] = Isotonic[k].At(scores[k]);
        for (var k = 0; k < scores.Length; k++)
            scores[k] /= sum;
    }
}

/// <summary>A non-decreasing step function: <c>Values[i]</c> from <c>Starts[i]</c> on. Values lie within (0, 1).</summary>
public sealed record IsotonicSteps(IReadOnlyList<float> Starts, IReadOnlyList<float> Values)
{
    private readonly float[] _starts = [.. Starts];
    private readonly float[] _values = [.. Values];

    public float At(float probability)
    {
        var index = Array.BinarySearch(_starts, probability);
        return _values[Math.Max(0, index >= 0 ? index : ~index - 1)];
    }
}
