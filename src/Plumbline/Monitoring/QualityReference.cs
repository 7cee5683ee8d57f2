using Plumbline.Inference;

namespace Plumbline.Monitoring;

/// <summary>What the quality of a version's answers is held against: that of its test split. Immutable.</summary>
/// <param name="Labels">In the model's order.</param>
/// <param name="MacroF1">NaN where it is not known.</param>
/// <param name="Accuracy">Likewise.</param>
/// <param name="Estimated">What the probabilities of the test split said of its quality; null where that is not known. How far it is from what was measured says how good estimates are.</param>
public sealed record QualityReference(IReadOnlyList<string> Labels, double MacroF1, double Accuracy, EstimatedQuality? Estimated)
{
    /// <exception cref="Bundles.BundleException">The bundle is damaged.</exception>
    public static QualityReference Of(IPredictor predictor)
    {
        if (predictor is not Predictor bundle)
            return new QualityReference(predictor.Labels, double.NaN, double.NaN, null);
        var sketch = DriftReference.Of(bundle).Sketch;
        return new QualityReference(
            predictor.Labels, bundle.Manifest.Metrics.GetValueOrDefault("test.macro_f1", double.NaN), bundle.Manifest.Metrics.GetValueOrDefault("test.accuracy", double.NaN),
            EstimatedQuality.Of(sketch.Expected, sketch.Schema.Labels));
    }
}
