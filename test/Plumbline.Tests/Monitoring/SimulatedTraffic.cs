using System.Buffers;
using System.Text;
using Plumbline.Datasets.Drift;
using Plumbline.Datasets.Generation;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Models;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring;

/// <summary>Traffic of a model of made-up reviews, still or drifting. Thread-safe.</summary>
/// <param name="model">Of reviews with a numeric input, the hour.</param>
internal sealed class SimulatedTraffic(TrainedModel model)
{
    private const int Pool = 12_000;
    private const int ReferenceRows = 3_000;

    /// <summary>An input that only the sketch knows.</summary>
    private static readonly CategoricalFeature Channel = new("channel", ["web", "app", "shop"]);

    private readonly DriftSchema _schema = DriftSchema.Of(model.Labels, model.Contract.Numeric, [Channel]);

    private readonly Classifier _classifier = model.Classifier();
    private readonly (byte[] Text, int Rating, float Hour)[] _reviews =
    [
        .. new ReviewGenerator(new ReviewGeneratorOptions { Rows = Pool, Seed = 77 }).Generate(0, Pool).Select(review => (Encoding.UTF8.GetBytes(review.Text), review.Rating, (float)review.Time.Hour)),
    ];

    /// <summary>How requests drift; the strength of each is within 0 and 1.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["vocabulary", "length", "language", "missing", "number", "scale", "category", "confidence", "class-prior"];

    public DriftReference Reference => field ??= new DriftReference(Window(1, ReferenceRows), "simulated");

    /// <summary>A window of requests, drawn by the seed.</summary>
    /// <param name="kind">Null: they are still.</param>
    /// <param name="answered">Is told the true label and the one answered, as places, and the probabilities.</param>
    public DriftSketch Window(ulong seed, int requests, string? kind = null, double strength = 0, Action<int, int, float[]>? answered = null)
    {
        var (sketch, random, drifted) = (new DriftSketch(_schema, DriftSketch.KnownTo(_classifier)), new RandomSource(seed), new ArrayBufferWriter<byte>());
        Span<float> probabilities = stackalloc float[model.Labels.Count];
        for (var request = 0; request < requests; request++)
        {
            var (text, rating, hour) = Draw();
            var drifts = random.NextDouble() < strength;
            if (kind == "class-prior" && drifts)
            {
                while (rating <= 3)
                    (text, rating, hour) = Draw();
            }
            hour = !drifts ? hour : kind switch { "missing" => float.NaN, "number" => hour + 12, "scale" => 3 * hour, _ => hour };
            drifted.ResetWrittenCount();
            var given = Drift(text, kind, strength, drifts, drifted) ? drifted.WrittenSpan : text;
            var label = _classifier.Predict(given, [hour], probabilities, default);
            answered?.Invoke(Math.Min(rating, model.Labels.Count) - 1, label, probabilities.ToArray());
            if (kind == "confidence" && drifts)
                Flatten(probabilities);
            sketch.AddLast(hasFeatures: true, random.NextUInt64(), given, [kind == "category" && drifts ? 2 : random.NextInt32(2)], probabilities, label);
        }
        return sketch;

        // Of one pool for both sides: otherwise the pools themselves would differ.
        (byte[] Text, int Rating, float Hour) Draw() => _reviews[random.NextInt32(Pool)];
    }

    /// <summary>The strength at which the distribution that moves most has a PSI, found by halving.</summary>
    public double StrengthFor(string kind, double psi, int requests)
    {
        var (low, high) = (0.0, 1.0);
        for (var step = 0; step < 9; step++)
        {
            var middle = (low + high) / 2;
            if (DriftComparison.Measure(Reference, Window(2, requests, kind, middle)).Max(feature => feature.Psi) < psi)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    /// <summary>What a request costs on one thread, drawing it left out: its prediction, and counting it where that is asked for.</summary>
    public double NanosecondsOf(int requests, bool observes)
    {
        var recorder = new DriftRecorder(_schema, _classifier);
        var random = new RandomSource(3);
        Span<float> probabilities = stackalloc float[model.Labels.Count];
        var began = TimeProvider.System.GetTimestamp();
        for (var request = 0; request < requests; request++)
        {
            var (text, _, hour) = _reviews[request % Pool];
            var label = _classifier.Predict(text, [hour], probabilities, default);
            if (observes)
                recorder.Observe(random.NextUInt64(), text, default, probabilities, label);
        }
        return TimeProvider.System.GetElapsedTime(began).TotalNanoseconds / requests;
    }

    /// <summary>Whether anything is found in a window.</summary>
    public bool IsFound(DriftSketch window) => DriftComparison.Judge(DriftComparison.Measure(Reference, window)).Features.Any(feature => feature.Severity != DriftSeverity.None);

    /// <summary>Half as sure of what is answered.</summary>
    private static void Flatten(Span<float> probabilities)
    {
        foreach (ref var probability in probabilities)
            probability = (probability + (1f / probabilities.Length)) / 2;
    }

    private static bool Drift(byte[] text, string? kind, double strength, bool drifts, ArrayBufferWriter<byte> output)
    {
        switch (kind)
        {
            case "vocabulary":
                VocabularyDrift.Write(text, strength, 5, output);
                return true;
            case "length":
                LengthDrift.Write(text, Math.Pow(0.25, strength), 5, output);
                return true;
            case "language" when drifts:
                ScriptCipher.Write(text, output);
                return true;
            default:
                return false;
        }
    }
}
