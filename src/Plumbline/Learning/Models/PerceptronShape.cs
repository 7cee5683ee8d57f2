namespace Plumbline.Learning.Models;

/// <summary>Sizes of a perceptron; docs/specs/bundle.md.</summary>
/// <param name="EmbeddingRows">Rows of the embedding table: that of an n-gram is <see cref="EmbeddingRow"/>.</param>
/// <param name="Dimension">Floats of an embedding, a multiple of 8, to 256.</param>
/// <param name="Hidden">Units of each hidden layer, one to four of them; multiples of 8, to 1024.</param>
public sealed record PerceptronShape(int EmbeddingRows, int Dimension, IReadOnlyList<int> Hidden)
{
    private const int Lanes = 8;
    private const int MostDimensions = 256;
    private const int MostLayers = 4;
    private const int MostUnits = 1024;

    /// <summary>Floats in a row of a layer of so many outputs: whole vectors.</summary>
    internal static int LanesFor(int outputs) => (outputs + Lanes - 1) / Lanes * Lanes;

    /// <summary>
    /// Row of an n-gram: its own where there are rows for all, or it is among the most frequent, those of lowest index, for which the first half of the rows is
    /// kept; the others share the second half by multiplicative hashing (Knuth 1998, 6.4).
    /// </summary>
    /// <param name="ngrams">All n-gram features.</param>
    internal int EmbeddingRow(int ngram, int ngrams)
    {
        var own = ngrams <= EmbeddingRows ? ngrams : EmbeddingRows / 2;
        return ngram < own ? ngram : own + (int)(((ulong)((uint)ngram * 0x9E3779B1u) * (uint)(EmbeddingRows - own)) >> 32);
    }

    /// <exception cref="InvalidDataException">A size is out of its range.</exception>
    internal void Validate(int ngrams)
    {
        if (EmbeddingRows < Math.Min(ngrams, 2) || !IsWhole(Dimension, MostDimensions) || Hidden.Count is 0 or > MostLayers || !Hidden.All(units => IsWhole(units, MostUnits)))
            throw new InvalidDataException($"a perceptron cannot have {EmbeddingRows} × {Dimension} embeddings and hidden layers of {string.Join(", ", Hidden)} units");
    }

    private static bool IsWhole(int size, int most) => size > 0 && size <= most && size % Lanes == 0;
}
