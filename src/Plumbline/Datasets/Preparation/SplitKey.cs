namespace Plumbline.Datasets.Preparation;

/// <summary>Order-free keys by which records are split and sampled.</summary>
internal static class SplitKey
{
    /// <param name="hash">First 8 bytes, little-endian, of the SHA-256 of what shall stand on one side: a text, a user, an item.</param>
    /// <returns>Uniform over 64 bits: the finaliser of SplitMix64 (Steele, Lea &amp; Flood 2014).</returns>
    public static ulong Of(ulong hash, ulong seed)
    {
        var z = hash + (seed * 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
