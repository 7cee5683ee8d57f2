namespace Plumbline.Features;

/// <summary>
/// A categorical column of the feature contract, one-hot encoded: each category is a feature of its own. A value that is missing, or that is none
/// of them, has no feature.
/// </summary>
/// <param name="Categories">In the order of their features: those in the most training rows first, equals in the order of their UTF-8 bytes.</param>
public sealed record CategoricalFeature(string Name, IReadOnlyList<string> Categories);
