using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Plumbline.Learning.Models;

/// <summary>
/// The function of a perceptron: embeddings of n-grams averaged by their values (after Joulin et al. 2017), beside them every other column, then layers of
/// rectified linear units, and scores. Reads memory that must outlive it; thread-safe while nobody writes there.
/// </summary>
internal sealed unsafe class PerceptronNetwork
{
    private const int PrefetchDistance = 12;
    private const int FloatsPerLine = 16;

    private readonly PerceptronShape _shape;
    private readonly float* _embeddings;
    private readonly float* _floats;
    private readonly int _outputs;

    /// <param name="embeddings">Embedding rows × dimension.</param>
    /// <param name="floats">Weights and biases of <paramref name="layers"/>.</param>
    public PerceptronNetwork(PerceptronShape shape, int ngrams, DenseLayer[] layers, int outputs, float* embeddings, float* floats)
    {
        (_shape, Ngrams, Layers, _outputs) = (shape, ngrams, layers, outputs);
        _embeddings = embeddings;
        _floats = floats;
        Activations = shape.Dimension + layers.Sum(layer => layer.Lanes);
    }

    public int Ngrams { get; }

    public int Dimension => _shape.Dimension;

    public DenseLayer[] Layers { get; }

    /// <summary>Floats that <see cref="Propagate"/> needs: the mean embedding, then what each layer puts out, the scores last.</summary>
    public int Activations { get; }

    /// <summary>Scores of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Score(FeatureRow row, Span<float> scores)
    {
        var activations = stackalloc float[Activations];
        var ngrams = NgramsOf(row.Indices);
        for (var i = 0; i < _shape.Dimension; i += Vector256<float>.Count)
            Vector256<float>.Zero.Store(activations + i);
        for (var i = 0; i < ngrams; i++)
        {
            if (i + PrefetchDistance < ngrams)
                Prefetch(Embedding(row.Indices[i + PrefetchDistance]));
            DenseRows.Add(activations, row.Values[i], Embedding(row.Indices[i]), _shape.Dimension);
        }
        Propagate(row, ngrams, activations);
        new ReadOnlySpan<float>(activations + Activations - Layers[^1].Lanes, _outputs).CopyTo(scores);
    }

    /// <summary>How many entries of a row are n-grams: the first.</summary>
    public int NgramsOf(ReadOnlySpan<int> indices)
    {
        var count = indices.Length;
        while (count > 0 && indices[count - 1] >= Ngrams)
            count--;
        return count;
    }

    /// <summary>Where the embedding of an n-gram lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Embedding(int ngram) => _embeddings + ((long)_shape.EmbeddingRow(ngram, Ngrams) * _shape.Dimension);

    /// <summary>Asks the processor to fetch an embedding that will be read soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(float* embedding)
    {
        for (var i = 0; Sse.IsSupported && i < _shape.Dimension; i += FloatsPerLine)
            Sse.Prefetch0(embedding + i);
    }

    /// <summary>From the mean embedding at the start of <paramref name="activations"/> to everything behind it.</summary>
    /// <param name="first">Entries of the row that are n-grams, which are passed over.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Propagate(FeatureRow row, int first, float* activations)
    {
        var from = activations;
        var to = activations + _shape.Dimension;
        for (var l = 0; l < Layers.Length; l++)
        {
            var layer = Layers[l];
            for (var lane = 0; lane < layer.Lanes; lane += Vector256<float>.Count)
                Vector256.Load(_floats + layer.Biases + lane).Store(to + lane);
            var weights = _floats + layer.Weights;
            var inputs = l == 0 ? _shape.Dimension : layer.Inputs;
            for (var i = 0; i < inputs; i++)
            {
                if (from[i] != 0)
                    DenseRows.Add(to, from[i], weights + ((long)i * layer.Lanes), layer.Lanes);
            }
            for (var i = first; l == 0 && i < row.Indices.Length; i++)
                DenseRows.Add(to, row.Values[i], weights + ((long)InputOf(row.Indices[i]) * layer.Lanes), layer.Lanes);
            for (var lane = 0; l < Layers.Length - 1 && lane < layer.Lanes; lane += Vector256<float>.Count)
                Vector256.Max(Vector256<float>.Zero, Vector256.Load(to + lane)).Store(to + lane);
            from = to;
            to += layer.Lanes;
        }
    }

    /// <summary>The input of the first layer that a column after the n-grams is.</summary>
    public int InputOf(int column) => _shape.Dimension + column - Ngrams;
}
