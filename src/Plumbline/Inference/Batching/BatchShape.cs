namespace Plumbline.Inference.Batching;

/// <summary>How large texts are that are answered at once, each padded to the longest.</summary>
/// <param name="Bytes">Of all texts, without padding.</param>
/// <param name="LongestBytes">Of the longest.</param>
public readonly record struct BatchShape(int Texts, long Bytes, int LongestBytes)
{
    /// <summary>Bytes with padding: at most so many, and half more than the texts have, but for the first few.</summary>
    private const long MostPadded = 256 * 1024, FreePadding = 4096;

    /// <summary>Whether the texts are alike enough in length: what is padded is computed, too.</summary>
    public bool IsEven => (long)Texts * LongestBytes is var padded && padded <= MostPadded && padded <= (Bytes * 3 / 2) + FreePadding;

    public BatchShape And(BatchShape other) => new(Texts + other.Texts, Bytes + other.Bytes, Math.Max(LongestBytes, other.LongestBytes));

    public BatchShape And(ReadOnlySpan<byte> text) => And(new BatchShape(1, text.Length, text.Length));
}
