using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>The arrays by which a text becomes n-gram features, as every model has them.</summary>
internal static class NgramSections
{
    /// <summary>The vocabulary's slots; nothing where n-grams are hashed.</summary>
    public static IEnumerable<ModelSection> SlotSection(this FittedFeatures features) =>
        features.Slots.Length == 0 ? [] : [ModelSection.Of<ulong>(ModelSections.Slots, features.Slots)];

    /// <summary>Slots, and a table of scales and polarities alone: for models whose weights lie elsewhere.</summary>
    public static IEnumerable<ModelSection> Of(FittedFeatures features)
    {
        var stride = FeatureTable.StrideFor(0);
        var table = GC.AllocateUninitializedArray<float>(checked(features.NgramCount * stride), pinned: true);
        for (var ngram = 0; ngram < features.NgramCount; ngram++)
            (table[ngram * stride], table[(ngram * stride) + 1]) = (features.ScaleOf(ngram), features.PolarityOf(ngram));
        return [.. features.SlotSection(), new ModelSection(ModelSections.Table, table, [features.NgramCount, stride])];
    }
}
