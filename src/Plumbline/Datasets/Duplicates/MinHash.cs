using Plumbline.Datasets.Preparation;
using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>
/// One-permutation MinHash (Li, Owen and Zhang 2012) of a set of hashes: the least hash in each of 128 bins, empty bins filled by optimal
/// densification (Shrivastava 2017); docs/specs/duplicates.md. Two sets agree in a bin with the probability of their Jaccard similarity. Not thread-safe.
/// </summary>
internal sealed class MinHash
{
    public const int Bins = 128;

    /// <summary>Keys a set is found by.</summary>
    public const int Bands = 16;

    private const int BinShift = 57;
    private const ulong Empty = ulong.MaxValue;
    private const int MostBandRows = Bins / Bands;

    private const int Tabled = 32;

    /// <summary>Where an empty bin looks first.</summary>
    private static readonly byte[] Sources = [.. from bin in Enumerable.Range(0, Bins) from attempt in Enumerable.Range(0, Tabled) select SourceOf(bin, attempt)];

    private readonly ulong[] _least = new ulong[Bins];
    private readonly int[] _empty = new int[Bins];

    /// <summary>Bins a band: as many as let sets of <paramref name="similarity"/> meet in one of the bands with a probability of 95 % or more.</summary>
    public static int BandRowsFor(double similarity)
    {
        var rows = MostBandRows;
        while (rows > 1 && 1 - Math.Pow(1 - Math.Pow(similarity, rows), Bands) < 0.95)
            rows--;
        return rows;
    }

    public void Clear() => Array.Fill(_least, Empty);

    /// <param name="hash">Uniform over 64 bits.</param>
    public void Add(ulong hash)
    {
        ref var least = ref _least[hash >> BinShift];
        least = Math.Min(least, hash);
    }

    /// <summary>Fills the empty bins. One hash at least was added.</summary>
    public void Densify()
    {
        var empty = 0;
        for (var bin = 0; bin < Bins; bin++)
            if (_least[bin] == Empty)
                _empty[empty++] = bin;
        // What is copied keeps its own bin in its highest bits, by which a copy is told from a minimum.
        for (var i = 0; i < empty; i++)
        {
            var bin = _empty[i];
            for (var attempt = 0; _least[bin] == Empty; attempt++)
            {
                var from = attempt < Tabled ? Sources[(bin * Tabled) + attempt] : SourceOf(bin, attempt);
                if ((int)(_least[from] >> BinShift) == from)
                    _least[bin] = _least[from];
            }
        }
    }

    public Signature Sign()
    {
        var signature = default(Signature);
        var least = _least.AsSpan();
        for (var word = 0; word < 4; word++, least = least[32..])
        {
            ulong bits = 0;
            for (var bin = 0; bin < 32; bin++)
                bits |= (least[bin] & ((1 << Signature.Bits) - 1)) << (Signature.Bits * bin);
            signature[word] = bits;
        }
        return signature;
    }

    /// <param name="rows">Bins a band, 1 to 8.</param>
    /// <param name="keys">Receives a key a band, none 0.</param>
    public void Band(int rows, Span<uint> keys)
    {
        for (var band = 0; band < Bands; band++)
        {
            ulong key = 0;
            foreach (var least in _least.AsSpan(band * rows, rows))
                key = TextHash.Append(key, least);
            keys[band] = Math.Max(1, (uint)(key >> 32));
        }
    }

    /// <summary>Where an empty bin looks at its <paramref name="attempt"/>, from 0 on.</summary>
    private static byte SourceOf(int bin, int attempt) => (byte)(SplitKey.Of((ulong)bin, (ulong)attempt + 1) >> BinShift);
}
