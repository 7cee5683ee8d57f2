using System.Text.Json.Serialization;

namespace Plumbline.Features;

/// <summary>
/// The one definition of all features, used by training, batch and HTTP alike; it travels inside the bundle.
/// Immutable; the n-gram table that goes with it is a section of the bundle.
/// </summary>
/// <param name="Options">What was asked for.</param>
/// <param name="NgramFeatures">Number of n-gram features; their indices are 0 to this.</param>
/// <param name="Numeric">Numeric features in the order in which they enter the model: from the text, then inputs, then aggregates.</param>
/// <param name="Categorical">Categorical features, which follow them; null is none.</param>
public sealed record FeatureContract(
    FeatureOptions Options, int NgramFeatures, IReadOnlyList<NumericFeature> Numeric, IReadOnlyList<CategoricalFeature>? Categorical = null)
{
    public const string Sentiment = "sentiment";

    public IReadOnlyList<CategoricalFeature> Categorical { get; init; } = Categorical ?? [];

    /// <summary>Categories of all columns: features after the numeric ones.</summary>
    [JsonIgnore]
    public int Categories => Categorical.Sum(feature => feature.Categories.Count);

    /// <summary>Whether sentiment is among the features: only where labels have an order (two of them, or numbers).</summary>
    public bool HasSentiment => Numeric.Any(feature => feature is { Source: NumericFeatureSource.Text, Name: Sentiment });
}
