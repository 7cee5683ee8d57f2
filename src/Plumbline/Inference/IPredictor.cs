using Plumbline.Bundles;
using Plumbline.Features;
using Plumbline.Learning.Explanations;

namespace Plumbline.Inference;

/// <summary>Turns texts into probabilities with one loaded model: a bundle, or a graph of ONNX that was made elsewhere. Thread-safe until it is disposed.</summary>
public interface IPredictor : IDisposable
{
    /// <summary>Maps or reads a model, verifies and checks it.</summary>
    /// <param name="path">Directory of a bundle, or file of a graph of ONNX.</param>
    /// <exception cref="BundleException">It is damaged, of a newer format, or cannot be run; the message says which.</exception>
    static IPredictor Load(string path) => File.Exists(path) ? OnnxPredictor.Load(path) : Predictor.Load(path);

    /// <summary>SHA-256 of the model, 64 lower-case hex digits.</summary>
    string Digest { get; }

    IReadOnlyList<string> Labels { get; }

    /// <summary>Numeric features in contract order: those computed from the text, then those that a client sends, then aggregates.</summary>
    IReadOnlyList<NumericFeature> NumericFeatures { get; }

    /// <summary>Categorical features in contract order.</summary>
    IReadOnlyList<CategoricalFeature> CategoricalFeatures { get; }

    /// <summary>Null where the model is no bundle: it then has a text as its only input, and cannot be explained.</summary>
    BundleManifest? Manifest { get; }

    /// <summary>The manifest as it is on disk, UTF-8 JSON; empty without one.</summary>
    ReadOnlyMemory<byte> ManifestJson { get; }

    /// <summary>Predicts one text.</summary>
    /// <param name="text">UTF-8; malformed sequences count as U+FFFD.</param>
    /// <param name="inputs">Values of the numeric features that are not computed from the text, in contract order, NaN where missing; empty means all missing.</param>
    /// <param name="probabilities">Receives one probability a label.</param>
    /// <param name="numeric">Receives the raw value of every numeric feature in contract order; empty if the caller does not care.</param>
    /// <param name="categories">What <see cref="FindCategory"/> says of each categorical feature, in contract order; empty means all missing.</param>
    /// <returns>Index of the label chosen.</returns>
    int Predict(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, Span<float> probabilities, Span<float> numeric, ReadOnlySpan<int> categories = default);

    /// <summary>Most texts that one call of <see cref="PredictBatch"/> takes; 1: texts are answered one by one only.</summary>
    int MostTexts => 1;

    /// <summary>Predicts several texts in one call: each as if it were alone, but for rounding (<c>docs/specs/serving.md</c>). Only where <see cref="MostTexts"/> is above 1.</summary>
    /// <param name="texts">UTF-8, as for one; 1 to <see cref="MostTexts"/>.</param>
    /// <param name="probabilities">Receives one probability a label for each text, one text after the other.</param>
    /// <param name="chosen">Receives the index of the label chosen for each text.</param>
    /// <exception cref="NotSupportedException">Texts are answered one by one only.</exception>
    void PredictBatch(ReadOnlySpan<ReadOnlyMemory<byte>> texts, Span<float> probabilities, Span<int> chosen) => throw new NotSupportedException("Texts are answered one by one.");

    /// <summary>Number of a value's category in its column, or what says that it is missing or unknown.</summary>
    /// <param name="feature">Place among the categorical features.</param>
    /// <param name="value">UTF-8.</param>
    int FindCategory(int feature, ReadOnlySpan<byte> value);

    /// <summary>Says which words and features moved the answer that a prediction gives.</summary>
    /// <param name="most">Contributions to list.</param>
    /// <exception cref="NotSupportedException">The model is no bundle.</exception>
    Explanation Explain(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, int most, ReadOnlySpan<int> categories = default);
}
