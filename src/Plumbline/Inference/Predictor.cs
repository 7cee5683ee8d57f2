using Plumbline.Bundles;
using Plumbline.Features;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Models;

namespace Plumbline.Inference;

/// <summary>
/// Turns texts into probabilities with one loaded bundle. Thread-safe; allocates nothing per text.
/// </summary>
public sealed class Predictor : IDisposable
{
    /// <summary>Contributions that an explanation may be asked for.</summary>
    public const int MostContributions = 50;

    private readonly Bundle _bundle;

    private Predictor(Bundle bundle) => _bundle = bundle;

    /// <summary>SHA-256 of the bundle, 64 lower-case hex digits.</summary>
    public string Digest => _bundle.Digest;

    public IReadOnlyList<string> Labels => _bundle.Manifest.Labels;

    /// <summary>Numeric features in contract order: those computed from the text, then those that a client sends, then aggregates.</summary>
    public IReadOnlyList<NumericFeature> NumericFeatures => _bundle.Manifest.Contract.Numeric;

    public BundleManifest Manifest => _bundle.Manifest;

    /// <summary>The manifest as it is on disk, UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> ManifestJson => _bundle.ManifestJson;

    /// <summary>Maps, verifies and self-checks the bundle in <paramref name="directory"/>.</summary>
    /// <exception cref="BundleException">The bundle is damaged, truncated or of a newer format; the message says which.</exception>
    public static Predictor Load(string directory) => new(Bundle.Open(directory));

    /// <summary>Predicts one text.</summary>
    /// <param name="text">UTF-8; malformed sequences count as U+FFFD.</param>
    /// <param name="inputs">Values of the numeric features that are not computed from the text, in contract order, NaN where missing; empty means all missing.</param>
    /// <param name="probabilities">Receives one calibrated probability a label, summing to 1.</param>
    /// <param name="numeric">Receives the raw value of every numeric feature in contract order; empty if the caller does not care.</param>
    /// <returns>Index of the label chosen by the bundle's decision rule.</returns>
    public int Predict(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, Span<float> probabilities, Span<float> numeric) =>
        Classifier.Predict(text, inputs, probabilities, numeric);

    /// <summary>Says which words and numeric features moved the answer that <see cref="Predict"/> gives; slower than that, and allocates.</summary>
    /// <param name="text">As for <see cref="Predict"/>.</param>
    /// <param name="inputs">As for <see cref="Predict"/>.</param>
    /// <param name="most">Contributions to list, 1 to <see cref="MostContributions"/>.</param>
    public Explanation Explain(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, MostContributions);
        return new Explainer(Classifier).Explain(text, inputs, null, most);
    }

    internal Classifier Classifier => _bundle.Classifier;

    public void Dispose() => _bundle.Dispose();
}
