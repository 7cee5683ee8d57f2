using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Plumbline.Learning.Models;
using Plumbline.Statistics;

namespace Plumbline.Learning.Perceptrons;

/// <summary>
/// Embeddings while they are learnt, a batch of rows at a time: only those that the batch holds are touched. Their decay is one factor common to all, which
/// makes it as cheap as the batch is sparse (Shalev-Shwartz et al. 2011). Not thread-safe.
/// </summary>
/// <param name="embeddings">Embedding rows × dimension; true values only after <see cref="Settle"/>.</param>
internal sealed unsafe class EmbeddingTable(PerceptronNetwork network, float[] embeddings, int batchRows, PerceptronOptions options)
{
    private const int PrefetchDistance = 12;

    /// <summary>Below this the factor is multiplied into the embeddings, long before their floats run out.</summary>
    private const float LeastFactor = 1e-3f;

    /// <summary>Of 2¹⁶ draws, those that leave an n-gram out.</summary>
    private readonly uint _dropped = (uint)(options.Dropout * (1 << 16));

    private readonly float _kept = (float)(1 / (1 - options.Dropout));
    private readonly float[] _gradients = new float[batchRows * network.Dimension];
    private readonly int[] _ends = new int[batchRows];
    private int[] _ngrams = new int[1 << 12];
    private float[] _values = new float[1 << 12];
    private float _factor = 1;
    private int _rows;
    private int _entries;

    /// <summary>Adds a row to the batch: draws which of its n-grams stay, and averages their embeddings by value.</summary>
    /// <param name="count">Entries that are n-grams.</param>
    /// <param name="mean">Receives the mean embedding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(FeatureRow row, int count, RandomSource random, float* mean)
    {
        var first = _entries;
        Keep(row, count, random);
        for (var lane = 0; lane < network.Dimension; lane += Vector256<float>.Count)
            Vector256<float>.Zero.Store(mean + lane);
        for (var i = first; i < _entries; i++)
        {
            if (i + PrefetchDistance < _entries)
                network.Prefetch(network.Embedding(_ngrams[i + PrefetchDistance]));
            DenseRows.Add(mean, _values[i] * _factor, network.Embedding(_ngrams[i]), network.Dimension);
        }
        _ends[_rows++] = _entries;
    }

    /// <summary>The gradient of the loss of the batch's last row by its mean embedding.</summary>
    public void SetGradient(float* gradient) =>
        new ReadOnlySpan<float>(gradient, network.Dimension).CopyTo(_gradients.AsSpan((_rows - 1) * network.Dimension));

    /// <summary>One step of every embedding in the batch against its gradient; then the batch is empty.</summary>
    /// <param name="decay">Every embedding is divided by 1 + this: an implicit step, which no rate makes unstable.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(float rate, float decay)
    {
        _factor /= 1 + decay;
        if (_factor < LeastFactor)
            Settle();
        var step = -rate / _factor;
        fixed (float* gradients = _gradients)
        {
            for (var (row, i) = (0, 0); row < _rows; row++)
            {
                for (; i < _ends[row]; i++)
                {
                    if (i + PrefetchDistance < _entries)
                        network.Prefetch(network.Embedding(_ngrams[i + PrefetchDistance]));
                    var scale = step * (options.NgramScales is { } scales ? scales[_ngrams[i]] : 1);
                    DenseRows.Add(network.Embedding(_ngrams[i]), scale * _values[i], gradients + (row * network.Dimension), network.Dimension);
                }
            }
        }
        _rows = _entries = 0;
    }

    /// <summary>Multiplies the factor into the embeddings.</summary>
    public void Settle()
    {
        if (_factor == 1)
            return;
        for (var i = 0; i < embeddings.Length; i++)
            embeddings[i] *= _factor;
        _factor = 1;
    }

    private void Keep(FeatureRow row, int count, RandomSource random)
    {
        if (_ngrams.Length < _entries + count)
        {
            Array.Resize(ref _ngrams, 2 * (_entries + count));
            Array.Resize(ref _values, _ngrams.Length);
        }
        ulong bits = 0;
        for (var i = 0; i < count; i++)
        {
            // Four draws from one number.
            bits = i % 4 == 0 && _dropped > 0 ? random.NextUInt64() : bits >> 16;
            if ((bits & 0xFFFF) < _dropped)
                continue;
            _ngrams[_entries] = row.Indices[i];
            _values[_entries++] = row.Values[i] * _kept;
        }
    }
}
