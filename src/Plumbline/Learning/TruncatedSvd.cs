using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Statistics;

namespace Plumbline.Learning;

/// <summary>
/// The first right singular vectors of the n-gram columns of a matrix by randomised subspace iteration (Halko, Martinsson &amp; Tropp 2011, algorithm 4.4 on AᵀA,
/// which needs no array as long as the rows), the largest singular value first. Immutable and thread-safe.
/// </summary>
internal sealed class TruncatedSvd
{
    /// <summary>Columns of the subspace beyond those that are kept.</summary>
    private const int Oversampling = 10;

    /// <summary>Passes over the rows before the last: the error falls with (σ beyond ÷ σ kept)² in each.</summary>
    private const int Passes = 3;

    private TruncatedSvd(int[] columns, int rank, int stride, float[] components, float[] means, float[] meanSquares) =>
        (Columns, Rank, Stride, Components, Means, MeanSquares) = (columns, rank, stride, components, means, meanSquares);

    /// <summary>The n-grams that were decomposed.</summary>
    public int[] Columns { get; }

    /// <summary>Vectors that there are; at most as asked for.</summary>
    public int Rank { get; }

    /// <summary>Floats a row of <see cref="Components"/>.</summary>
    public int Stride { get; }

    /// <summary>Columns × stride, of which the first <see cref="Rank"/> count: a row of the matrix times this is the row in the components. The first r of them are the answer for rank r, too.</summary>
    public float[] Components { get; }

    /// <summary>Of each component over the rows.</summary>
    public float[] Means { get; }

    /// <summary>Of each component over the rows: the squared singular value ÷ rows.</summary>
    public float[] MeanSquares { get; }

    /// <summary>Place of each n-gram among <see cref="Columns"/>; −1 for one that was not decomposed.</summary>
    public ModelSection Places(int ngrams, string name) => ModelSection.Of<int>(name, NgramProjection.Places(ngrams, Columns));

    /// <summary>The first <paramref name="rank"/> components, columns × rank, each times a scale where there are any.</summary>
    public ModelSection Scaled(string name, int rank, ReadOnlySpan<float> scales = default)
    {
        var components = new float[Columns.Length * rank];
        for (var i = 0; i < components.Length; i++)
            components[i] = Components[(i / rank * Stride) + (i % rank)] * (scales.IsEmpty ? 1 : scales[i % rank]);
        return ModelSection.Of<float>(name, components, Columns.Length, rank);
    }

    /// <param name="columns">N-grams to decompose; all others are left out.</param>
    public static TruncatedSvd Of(FeatureMatrix matrix, int ngrams, ReadOnlySpan<int> columns, int rank)
    {
        rank = Math.Min(rank, Math.Min(columns.Length, matrix.Rows));
        if (rank == 0)
            return new TruncatedSvd([], 0, 0, [], [], []);
        var width = (Math.Min(rank + Oversampling, Math.Max(rank, columns.Length)) + 7) & ~7;
        var places = NgramProjection.Places(ngrams, columns);
        var basis = new float[(long)columns.Length * width];
        var random = new RandomSource(0);
        for (var i = 0; i < basis.Length; i++)
            basis[i] = (float)random.NextGaussian();
        var image = new float[basis.Length];
        for (var pass = 0; pass < Passes; pass++)
        {
            Multiply(matrix, places, basis, image, width);
            Orthonormal.Columns(image, width);
            (basis, image) = (image, basis);
        }
        // Rayleigh and Ritz: the eigenvectors of AᵀA within the subspace.
        Multiply(matrix, places, basis, image, width);
        var eigen = DenseMatrix.OfColumnMajor(width, width, Orthonormal.Gram(basis, image, width)).Evd(Symmetricity.Symmetric);
        // Eigenvalues ascend, and vectors are columns.
        var vectors = new double[width * width];
        for (var vector = 0; vector < width; vector++)
        {
            for (var i = 0; i < width; i++)
                vectors[(i * width) + vector] = eigen.EigenVectors[i, width - 1 - vector];
        }
        var components = Orthonormal.Product(basis, vectors, width);
        var meanSquares = Enumerable.Range(0, rank).Select(component => (float)(Math.Max(0, eigen.EigenValues[width - 1 - component].Real) / matrix.Rows));
        return new TruncatedSvd(columns.ToArray(), rank, width, components, MeansOf(matrix, places, components, width, rank), [.. meanSquares]);
    }

    /// <summary>The mean row in the components.</summary>
    private static float[] MeansOf(FeatureMatrix matrix, int[] places, float[] components, int width, int rank)
    {
        var sums = new double[components.Length / width];
        foreach (var block in matrix.Blocks)
        {
            for (var at = 0; at < block.Start(block.Rows); at++)
            {
                if (block.Indices[at] < places.Length && places[block.Indices[at]] is >= 0 and var place)
                    sums[place] += block.Values[at];
            }
        }
        var means = new double[rank];
        for (var place = 0; place < sums.Length; place++)
        {
            for (var component = 0; component < rank; component++)
                means[component] += sums[place] / matrix.Rows * components[(place * width) + component];
        }
        return Array.ConvertAll(means, mean => (float)mean);
    }

    /// <summary>AᵀA times the basis.</summary>
    private static void Multiply(FeatureMatrix matrix, int[] places, float[] basis, float[] image, int width)
    {
        Array.Clear(image);
        var row = new float[width];
        foreach (var block in matrix.Blocks)
        {
            for (var r = 0; r < block.Rows; r++)
            {
                Array.Clear(row);
                for (var at = block.Start(r); at < block.Ends[r]; at++)
                {
                    if (block.Indices[at] < places.Length && places[block.Indices[at]] is >= 0 and var place)
                        AddScaled(basis.AsSpan(place * width, width), block.Values[at], row);
                }
                for (var at = block.Start(r); at < block.Ends[r]; at++)
                {
                    if (block.Indices[at] < places.Length && places[block.Indices[at]] is >= 0 and var place)
                        AddScaled(row, block.Values[at], image.AsSpan(place * width, width));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(ReadOnlySpan<float> from, float factor, Span<float> to)
    {
        var sources = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(from);
        var targets = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(to);
        var factors = new System.Numerics.Vector<float>(factor);
        for (var lane = 0; lane < targets.Length; lane++)
            targets[lane] += factors * sources[lane];
        for (var i = targets.Length * System.Numerics.Vector<float>.Count; i < to.Length; i++)
            to[i] += factor * from[i];
    }
}
