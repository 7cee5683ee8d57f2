using System.Text;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Learning.Models;

namespace Plumbline.Monitoring;

/// <summary>What a sketch counts of a logged prediction, as far as the log has it.</summary>
/// <param name="Numeric">In the schema's order: NaN where missing, null where it is not known.</param>
/// <param name="Categories">Cells of the schema's categorical features; −1 where it is not known.</param>
/// <param name="Label">Index in the schema; −1 for another one.</param>
/// <param name="Script">−1 without the text, as <paramref name="Length"/> and <paramref name="Unknown"/> are null.</param>
internal readonly record struct LoggedValues(float?[] Numeric, int[] Categories, int Label, float Uncertainty, float? Length, float? Unknown, int Script);

/// <summary>Takes from logged predictions what a sketch counts; what is computed from the text is computed again where texts are kept and the model is at hand. Not thread-safe.</summary>
internal sealed class LoggedFeatures(DriftSchema schema, IPredictor? predictor)
{
    private readonly Classifier? _classifier = (predictor as Predictor)?.Classifier;

    public LoggedValues Of(LoggedPrediction prediction)
    {
        var numeric = new float?[schema.Numeric.Count];
        for (var feature = 0; feature < numeric.Length; feature++)
            numeric[feature] = prediction.Numeric.TryGetValue(schema.Numeric[feature], out var value) ? value ?? float.NaN : null;
        var categories = new int[schema.Categorical.Count];
        for (var feature = 0; feature < categories.Length; feature++)
            categories[feature] = prediction.Categorical.TryGetValue(schema.Categorical[feature].Name, out var value) ? CellOf(schema.Categorical[feature], value) : -1;
        var label = DriftComparison.IndexOf(schema.Labels, prediction.Label);
        if (prediction.Text is not { } text)
            return new LoggedValues(numeric, categories, label, 1 - prediction.Confidence, null, null, -1);
        var utf8 = Encoding.UTF8.GetBytes(text);
        return new LoggedValues(numeric, categories, label, 1 - prediction.Confidence, TextShape.Characters(utf8), Compute(utf8, numeric), TextShape.ScriptOf(utf8));
    }

    /// <summary>Cell of a category as a sketch has it: the log has nothing where it was missing, and an empty text where it was none of the contract's.</summary>
    public static int CellOf(CategoricalFeature feature, string? value)
    {
        var category = value is null ? Category.Missing : value.Length == 0 ? Category.Unknown : DriftComparison.IndexOf(feature.Categories, value) is >= 0 and var found ? found : feature.Categories.Count;
        return DriftSketch.CellOf(feature.Categories.Count + DriftSketch.OtherCells, category);
    }

    /// <returns>Share of the n-grams that the model does not know; null where it is not at hand.</returns>
    private float? Compute(byte[] text, float?[] numeric)
    {
        if (_classifier is null)
            return null;
        var buffer = FeatureBuffer.Current;
        _classifier.Vectorizer.Vectorize(text, [], _classifier.Table, buffer, []);
        for (var feature = 0; feature < numeric.Length && feature < _classifier.Contract.Numeric.Count; feature++)
        {
            if (_classifier.Contract.Numeric[feature].Source == NumericFeatureSource.Text && _classifier.Contract.Numeric[feature].Name == schema.Numeric[feature])
                numeric[feature] = buffer.Numeric[feature];
        }
        var known = 0;
        foreach (var count in buffer.Counts.AsSpan(0, buffer.Count))
            known += count;
        return buffer.Ngrams.Count == 0 ? 0 : 1 - ((float)known / buffer.Ngrams.Count);
    }
}
