using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>What a <see cref="DriftSketch"/> counts: sketches of one schema can be merged. Immutable.</summary>
/// <param name="Labels">In the model's order.</param>
/// <param name="Numeric">Names of numeric features in contract order.</param>
/// <param name="Categorical">Categorical features in contract order, each with at most <see cref="MostCategories"/> categories; those beyond count as one.</param>
public sealed record DriftSchema(IReadOnlyList<string> Labels, IReadOnlyList<string> Numeric, IReadOnlyList<CategoricalFeature> Categorical)
{
    /// <summary>Categories of a feature that are told apart: the most frequent of training.</summary>
    public const int MostCategories = 64;

    private const int MostNames = 1 << 20;

    /// <summary>That of what a predictor takes and answers.</summary>
    public static DriftSchema Of(IPredictor predictor) => Of(predictor.Labels, predictor.NumericFeatures, predictor.CategoricalFeatures);

    internal static DriftSchema Of(IReadOnlyList<string> labels, IReadOnlyList<NumericFeature> numeric, IReadOnlyList<CategoricalFeature> categorical) => new(
        labels, [.. numeric.Select(feature => feature.Name)], [.. categorical.Select(feature => new CategoricalFeature(feature.Name, [.. feature.Categories.Take(MostCategories)]))]);

    /// <summary>Whether sketches of both can be merged.</summary>
    public bool IsSame(DriftSchema other) => Labels.SequenceEqual(other.Labels, StringComparer.Ordinal) && Numeric.SequenceEqual(other.Numeric, StringComparer.Ordinal)
        && Categorical.Count == other.Categorical.Count && Categorical.Zip(other.Categorical).All(pair =>
            pair.First.Name == pair.Second.Name && pair.First.Categories.SequenceEqual(pair.Second.Categories, StringComparer.Ordinal));

    internal void Write(SketchWriter writer)
    {
        Write(writer, Labels);
        Write(writer, Numeric);
        writer.Write(Categorical.Count);
        foreach (var feature in Categorical)
        {
            writer.Write(feature.Name);
            Write(writer, feature.Categories);
        }
    }

    internal static DriftSchema Read(ref SketchReader reader)
    {
        var (labels, numeric) = (ReadNames(ref reader), ReadNames(ref reader));
        var categorical = new List<CategoricalFeature>();
        for (var left = reader.ReadCount(MostNames); left > 0; left--)
            categorical.Add(new CategoricalFeature(reader.ReadText(), ReadNames(ref reader)));
        return new DriftSchema(labels, numeric, categorical);
    }

    private static void Write(SketchWriter writer, IReadOnlyList<string> names)
    {
        writer.Write(names.Count);
        foreach (var name in names)
            writer.Write(name);
    }

    private static List<string> ReadNames(ref SketchReader reader)
    {
        var names = new List<string>();
        for (var left = reader.ReadCount(MostNames); left > 0; left--)
            names.Add(reader.ReadText());
        return names;
    }
}
