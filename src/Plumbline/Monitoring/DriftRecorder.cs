using System.Runtime.CompilerServices;
using Plumbline.Datasets.Preparation;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Learning.Models;

namespace Plumbline.Monitoring;

/// <summary>
/// Counts what a model is asked and answers, in a part for each core: nobody waits for anybody. Thread-safe; allocates nothing a request once its parts have grown.
/// </summary>
public sealed class DriftRecorder
{
    private const ulong KeySeed = 0xD21F7;

    private readonly Part[] _parts = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Part())];
    private readonly Classifier? _classifier;
    private readonly Func<ulong, bool>? _isKnown;

    /// <summary>Of what it counts.</summary>
    public DriftSchema Schema { get; }

    public DriftRecorder(IPredictor predictor)
        : this(DriftSchema.Of(predictor), (predictor as Predictor)?.Classifier)
    {
    }

    /// <param name="classifier">Null where the model has no features of its own.</param>
    internal DriftRecorder(DriftSchema schema, Classifier? classifier)
    {
        (Schema, _classifier, _isKnown) = (schema, classifier, DriftSketch.KnownTo(classifier));
        foreach (var part in _parts)
            part.Sketch = new DriftSketch(schema, _isKnown);
    }

    /// <summary>Puts the features of a record at hand on this thread, as predicting it would; for one whose answer was known already.</summary>
    /// <param name="inputs">As for a prediction.</param>
    /// <exception cref="InvalidOperationException">The model has no features of its own.</exception>
    public void Describe(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, ReadOnlySpan<int> categories)
    {
        var classifier = _classifier ?? throw new InvalidOperationException("The model has no features of its own.");
        classifier.Vectorizer.Vectorize(text, inputs, classifier.Table, FeatureBuffer.Current, categories);
    }

    /// <summary>Counts the record that was predicted last on this thread: what its features were is still at hand there.</summary>
    /// <param name="id">Of the prediction.</param>
    /// <param name="text">UTF-8.</param>
    /// <param name="categories">As they were given to the prediction.</param>
    public void Observe(Guid id, ReadOnlySpan<byte> text, ReadOnlySpan<int> categories, ReadOnlySpan<float> probabilities, int label)
    {
        Span<ulong> halves = stackalloc ulong[2];
        Unsafe.As<ulong, Guid>(ref halves[0]) = id;
        Observe(SplitKey.Of(halves[0] ^ SplitKey.Of(halves[1], KeySeed), KeySeed), text, categories, probabilities, label);
    }

    internal void Observe(ulong key, ReadOnlySpan<byte> text, ReadOnlySpan<int> categories, ReadOnlySpan<float> probabilities, int label)
    {
        var part = Enter();
        try
        {
            part.Sketch!.AddLast(_classifier is not null, key, text, categories, probabilities, label);
        }
        finally
        {
            part.Leave();
        }
    }

    /// <summary>Counts values that kept less than the contract promises.</summary>
    /// <param name="feature">Place among the numeric features, or among the categorical ones behind them.</param>
    public void Observe(ContractFault fault, int feature, int values)
    {
        var part = Enter();
        try
        {
            part.Sketch!.Breaches.Add(feature, fault, values);
        }
        finally
        {
            part.Leave();
        }
    }

    /// <summary>What was counted since the last call.</summary>
    public DriftSketch Take()
    {
        var taken = new DriftSketch(Schema);
        foreach (var part in _parts)
        {
            var next = new DriftSketch(Schema, _isKnown);
            var spin = default(SpinWait);
            while (!part.TryEnter())
                spin.SpinOnce();
            (var sketch, part.Sketch) = (part.Sketch!, next);
            part.Leave();
            if (sketch.Requests > 0)
                taken.Merge(sketch);
        }
        return taken;
    }

    /// <summary>The part of this core, or where somebody is in it, the next one that is free.</summary>
    private Part Enter()
    {
        var first = Thread.GetCurrentProcessorId();
        for (var spin = default(SpinWait); ; spin.SpinOnce())
        {
            for (var at = 0; at < _parts.Length; at++)
            {
                if (_parts[(first + at) % _parts.Length] is var part && part.TryEnter())
                    return part;
            }
        }
    }

    private sealed class Part
    {
        private int _isTaken;

        public DriftSketch? Sketch { get; set; }

        public bool TryEnter() => Volatile.Read(ref _isTaken) == 0 && Interlocked.Exchange(ref _isTaken, 1) == 0;

        public void Leave() => Volatile.Write(ref _isTaken, 0);
    }
}
