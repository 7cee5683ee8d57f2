using Plumbline.Features;
using Plumbline.Statistics;

namespace Plumbline.Learning.Perceptrons;

/// <summary>
/// Fits a perceptron by mini-batches in a seeded random order: Adam for the layers, plain steps for the embeddings, whose gradients are sparse. Rates rise over
/// the first twentieth of all rows, then fall in a line. Sequential, so that a seed gives the same bits whatever the number of threads. Not thread-safe.
/// </summary>
internal sealed unsafe class PerceptronSolver
{
    private const int BatchRows = 32;
    private const double WarmUp = 0.05;
    private const double LeastShare = 0.02;

    /// <summary>Half the range of the first embeddings: small beside what they become, so that a word seldom seen says little.</summary>
    private const double FirstEmbedding = 0.02;

    private readonly FeatureMatrix _matrix;
    private readonly PerceptronOptions _options;
    private readonly ulong _seed;
    private readonly float[] _sums;
    private readonly PerceptronGradient _gradient;
    private readonly EmbeddingTable _table;
    private readonly AdamSteps _adam;
    private long _rowsSeen;

    /// <exception cref="InvalidDataException">The shape is out of range.</exception>
    public PerceptronSolver(FeatureMatrix matrix, int ngrams, PerceptronOptions options, ulong seed)
    {
        (_matrix, _options, _seed) = (matrix, options, seed);
        Perceptron = new Perceptron(options.Shape, ngrams, matrix.Columns - ngrams, matrix.Classes);
        _sums = GC.AllocateArray<float>(Perceptron.Floats.Length, pinned: true);
        _gradient = new PerceptronGradient(Perceptron.Network, Perceptron.Start(Perceptron.Floats), Perceptron.Start(_sums));
        _table = new EmbeddingTable(Perceptron.Network, Perceptron.Embeddings, BatchRows, options);
        _adam = new AdamSteps(Perceptron.Floats.Length);
        Begin(RandomSource.Fork(seed, 0));
    }

    /// <summary>The model as it stands after an epoch.</summary>
    public Perceptron Perceptron { get; }

    /// <param name="afterEpoch">Called with the epoch, from 1; returns false to stop.</param>
    public void Fit(int epochs, Func<int, bool> afterEpoch, CancellationToken cancellation)
    {
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            var random = RandomSource.Fork(_seed, (ulong)epoch);
            foreach (var window in RowWindow.Visit(_matrix, random))
            {
                for (var first = 0; first < window.Count; first += BatchRows)
                {
                    cancellation.ThrowIfCancellationRequested();
                    VisitBatch(window, first, Math.Min(first + BatchRows, window.Count), random);
                }
            }
            _table.Settle();
            if (!afterEpoch(epoch))
                return;
        }
    }

    /// <summary>Small random numbers (He et al. 2015 for the layers); lanes without an output and all biases are 0.</summary>
    private void Begin(RandomSource random)
    {
        foreach (ref var value in Perceptron.Embeddings.AsSpan())
            value = (float)(((2 * random.NextDouble()) - 1) * FirstEmbedding);
        var layers = Perceptron.Network.Layers;
        for (var l = 0; l < layers.Length; l++)
        {
            var layer = layers[l];
            var isLast = l == layers.Length - 1;
            // Columns beside the embedding are few entries a row, however many there are.
            var deviation = Math.Sqrt((isLast ? 1.0 : 2.0) / (l == 0 ? Perceptron.Network.Dimension : layer.Inputs));
            for (var input = 0; input < layer.Inputs; input++)
            {
                foreach (ref var weight in Perceptron.Floats.AsSpan(layer.Weights + (input * layer.Lanes), isLast ? _matrix.Classes : layer.Lanes))
                    weight = (float)(random.NextGaussian() * deviation);
            }
        }
    }

    private void VisitBatch(RowWindow window, int first, int end, RandomSource random)
    {
        var network = Perceptron.Network;
        var lanes = network.Layers[^1].Lanes;
        var scores = network.Activations - lanes;
        var activations = stackalloc float[network.Activations];
        var deltas = stackalloc float[network.Activations];
        for (var i = first; i < end; i++)
        {
            var row = window[i];
            var ngrams = network.NgramsOf(row.Indices);
            _table.Add(row, ngrams, random, activations);
            network.Propagate(row, ngrams, activations);
            new ReadOnlySpan<float>(activations + scores, lanes).CopyTo(new Span<float>(deltas + scores, lanes));
            PerceptronGradient.OfLoss(new Span<float>(deltas + scores, _matrix.Classes), window.Label(i), _options.ClassWeights?[window.Label(i)] ?? 1);
            _gradient.Add(row, ngrams, activations, deltas);
            _table.SetGradient(deltas);
        }
        var rows = end - first;
        var share = (float)RateShare();
        _rowsSeen += rows;
        _adam.Step(Perceptron.Start(Perceptron.Floats), Perceptron.Start(_sums), 1f / rows, (float)_options.Rate * share);
        var rate = (float)_options.EmbeddingRate * share;
        _table.Step(rate, (float)(rate * _options.Penalty * rows / _matrix.Rows));
    }

    /// <summary>What the rates are multiplied by.</summary>
    private double RateShare()
    {
        var done = (_rowsSeen + BatchRows) / ((double)_matrix.Rows * _options.Epochs);
        return done < WarmUp ? done / WarmUp : Math.Max(LeastShare, (1 - done) / (1 - WarmUp));
    }
}
