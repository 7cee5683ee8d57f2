using System.Buffers.Binary;

namespace Plumbline.Inference.Caching;

/// <summary>An answer to one text. Immutable, but for what the cache notes of its use.</summary>
/// <param name="label">Index of the label chosen.</param>
/// <param name="probabilities">One a label.</param>
public sealed class CachedAnswer(int label, float[] probabilities)
{
    /// <summary>Bytes of memory that one answer of a cache takes beside its probabilities: this, its array, its place in the table, in a queue and, later, among those that are remembered as gone.</summary>
    private const int Overhead = 304;

    public int Label => label;

    public ReadOnlySpan<float> Probabilities => probabilities;

    internal int Bytes => Overhead + (sizeof(float) * probabilities.Length);

    internal PredictionKey Key { get; set; }

    /// <summary>Uses since it came into its queue, up to <see cref="S3FifoCache.MostUses"/>. Two uses at once may count as one.</summary>
    internal int Uses { get; set; }

    /// <summary>Little-endian: i32 index of the label, then f32 a label.</summary>
    internal byte[] ToBytes()
    {
        var bytes = new byte[sizeof(int) + (sizeof(float) * probabilities.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, label);
        for (var i = 0; i < probabilities.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(int) * (i + 1)), probabilities[i]);
        return bytes;
    }

    /// <returns>Null where it is no answer of a model with so many labels.</returns>
    internal static CachedAnswer? Read(ReadOnlySpan<byte> bytes, int labels)
    {
        if (bytes.Length != sizeof(int) * (labels + 1) || BinaryPrimitives.ReadInt32LittleEndian(bytes) is var label && (uint)label >= (uint)labels)
            return null;
        var probabilities = new float[labels];
        for (var i = 0; i < labels; i++)
        {
            probabilities[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(sizeof(int) * (i + 1))..]);
            if (!(probabilities[i] is >= 0 and <= 1.0001f))
                return null;
        }
        return new CachedAnswer(label, probabilities);
    }
}
