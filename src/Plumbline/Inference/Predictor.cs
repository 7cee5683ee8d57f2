using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Models;

namespace Plumbline.Inference;

/// <summary>
/// Turns texts into probabilities with one loaded bundle. Thread-safe; allocates nothing per text.
/// </summary>
public sealed class Predictor : IPredictor
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

    /// <summary>Categorical features in contract order.</summary>
    public IReadOnlyList<CategoricalFeature> CategoricalFeatures => _bundle.Manifest.Contract.Categorical;

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
    /// <param name="categories">What <see cref="FindCategory"/> says of each categorical feature, in contract order; empty means all missing.</param>
    /// <returns>Index of the label chosen by the bundle's decision rule.</returns>
    public int Predict(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, Span<float> probabilities, Span<float> numeric, ReadOnlySpan<int> categories = default) =>
        Classifier.Predict(text, inputs, probabilities, numeric, categories);

    /// <summary>Predicts a record of a batch that was read with the contract's inputs, in its order.</summary>
    /// <inheritdoc cref="Predict(ReadOnlySpan{byte}, ReadOnlySpan{float}, Span{float}, Span{float}, ReadOnlySpan{int})"/>
    public int Predict(RecordBatch batch, int record, Span<float> probabilities) => Classifier.Predict(batch, record, probabilities);

    /// <summary>Number of a value's category in its column, <see cref="Category.Missing"/> or <see cref="Category.Unknown"/>.</summary>
    /// <param name="feature">Place among the categorical features.</param>
    /// <param name="value">UTF-8; white space at its ends does not count, and a blank one is missing.</param>
    public int FindCategory(int feature, ReadOnlySpan<byte> value) => Classifier.Categories.Find(feature, value);

    /// <summary>Says which words and features moved the answer that a prediction gives; slower than that, and allocates.</summary>
    /// <param name="text">UTF-8; malformed sequences count as U+FFFD.</param>
    /// <param name="inputs">As for a prediction.</param>
    /// <param name="most">Contributions to list, 1 to <see cref="MostContributions"/>.</param>
    /// <param name="categories">As for a prediction.</param>
    public Explanation Explain(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, int most, ReadOnlySpan<int> categories = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, MostContributions);
        return new Explainer(Classifier).Explain(text, inputs, categories, null, most);
    }

    internal Classifier Classifier => _bundle.Classifier;

    internal Bundle Bundle => _bundle;

    public void Dispose() => _bundle.Dispose();
}
