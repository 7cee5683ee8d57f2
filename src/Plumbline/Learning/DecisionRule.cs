namespace Plumbline.Learning;

/// <summary>
/// Which label is answered: the largest of probability × exp(offset). Offsets are 0 for argmax; others serve a metric such as macro-F1
/// without touching the probabilities. Immutable and thread-safe.
/// </summary>
/// <param name="Offsets">One a class, added to the log of its probability.</param>
public sealed record DecisionRule(IReadOnlyList<float> Offsets)
{
    private readonly float[] _factors = [.. Offsets.Select(MathF.Exp)];

    public static DecisionRule Argmax(int classes) => new(new float[classes]);

    public bool IsArgmax => Offsets.All(offset => offset == 0);

    /// <summary>Index of the label chosen; the first of equals.</summary>
    public int Choose(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var k = 1; k < probabilities.Length; k++)
        {
            if (probabilities[k] * _factors[k] > probabilities[best] * _factors[best])
                best = k;
        }
        return best;
    }
}
