namespace Plumbline.Datasets.Duplicates;

/// <summary>Fingerprints of the texts of a batch, made in the parallel stage. Records may be set by one thread only.</summary>
/// <param name="bandRows">Bins a key; 0 where no near-duplicates are looked for.</param>
internal sealed class FingerprintBatch(int count, int bandRows)
{
    [ThreadStatic]
    private static TextFingerprinter? t_fingerprinter;

    public UInt128[] Identities { get; } = new UInt128[count];

    public bool AreSigned => bandRows > 0;

    /// <summary>Empty unless <see cref="AreSigned"/>.</summary>
    public Signature[] Signatures { get; } = new Signature[bandRows > 0 ? count : 0];

    /// <summary>Keys of each record, <see cref="MinHash.Bands"/> of them; 0 where the text is too short. Empty unless <see cref="AreSigned"/>.</summary>
    public uint[] Keys { get; } = new uint[bandRows > 0 ? count * MinHash.Bands : 0];

    public void Set(int record, ReadOnlySpan<byte> text, in TextDigest digest)
    {
        var fingerprinter = t_fingerprinter ??= new TextFingerprinter();
        Identities[record] = fingerprinter.Identify(text, digest);
        if (AreSigned)
            fingerprinter.Sign(bandRows, ref Signatures[record], Keys.AsSpan(record * MinHash.Bands, MinHash.Bands));
    }
}
