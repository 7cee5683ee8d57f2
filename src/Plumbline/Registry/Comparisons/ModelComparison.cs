using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Statistics;

namespace Plumbline.Registry.Comparisons;

/// <summary>Two models side by side, from what is stored of them. Immutable.</summary>
/// <param name="Difference">First less second; null where <paramref name="NoDifference"/> says why.</param>
/// <param name="Params">Those of the runs that differ.</param>
/// <param name="Metrics">All that one of them has.</param>
/// <param name="Classes">On test; empty where one was not measured here.</param>
/// <param name="Features">Keys of the feature contracts that differ.</param>
/// <param name="ContractBreaks">What callers of the second would have to change for the first.</param>
public sealed record ModelComparison(
    string First, string Second, MetricDifference? Difference, string? NoDifference, IReadOnlyList<ComparedText> Params, IReadOnlyList<ComparedMetric> Metrics,
    IReadOnlyList<ComparedClass> Classes, IReadOnlyList<ComparedText> Features, IReadOnlyList<string> ContractBreaks)
{
    /// <exception cref="Storage.MetadataException">NotFound: a bundle is not there, or not whole.</exception>
    public static ModelComparison Of(ModelEvidence first, ModelEvidence second)
    {
        var (difference, why) = Compare(first, second);
        try
        {
            return new ModelComparison(
                first.Name, second.Name, difference, why, Differing(ParamsOf(first), ParamsOf(second)), CompareMetrics(first, second), CompareClasses(first, second),
                Differing(first.Bundle.Features, second.Bundle.Features), [.. ChampionGates.Breaks(first.Bundle, second.Bundle)]);
        }
        catch (MissingEvidenceException missing)
        {
            throw new Storage.MetadataException(Storage.MetadataError.NotFound, $"The two cannot be compared: {missing.Message}.", missing);
        }
    }

    /// <summary>The comparison as one JSON object: snake_case names, null for what is undefined.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ComparisonJson.Default.ModelComparison);

    private static (MetricDifference?, string?) Compare(ModelEvidence first, ModelEvidence second)
    {
        try
        {
            return (MetricDifference.Of(first, second), null);
        }
        catch (MissingEvidenceException missing)
        {
            return (null, missing.Message);
        }
    }

    private static IReadOnlyDictionary<string, string> ParamsOf(ModelEvidence model) => model.Run?.Params ?? new Dictionary<string, string>();

    private static ComparedText[] Differing(IReadOnlyDictionary<string, string> first, IReadOnlyDictionary<string, string> second) =>
    [
        .. first.Keys.Union(second.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(key => new ComparedText(key, first.GetValueOrDefault(key), second.GetValueOrDefault(key))).Where(pair => pair.First != pair.Second),
    ];

    private static ComparedMetric[] CompareMetrics(ModelEvidence first, ModelEvidence second)
    {
        var (mine, theirs) = (Metrics(first), Metrics(second));
        return
        [
            .. mine.Keys.Union(theirs.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(key => new ComparedMetric(key, mine.GetValueOrDefault(key), theirs.GetValueOrDefault(key))),
        ];

        static Dictionary<string, Estimate> Metrics(ModelEvidence model)
        {
            var metrics = new Dictionary<string, Estimate>(StringComparer.Ordinal);
            foreach (var (key, metric) in model.Run?.Metrics ?? new Dictionary<string, Tracking.Metric>())
                metrics[key] = Alone(metric.Value);
            foreach (var (key, value) in model.Bundle.Metrics)
                metrics[key] = Alone(value);
            metrics["size_mb"] = Alone(model.Bundle.Bytes / 1e6);
            AddIntervals(metrics, "test", model.Find(evidence => evidence.Test));
            AddIntervals(metrics, "valid", model.Find(evidence => evidence.Valid!));
            return metrics;
        }
    }

    private static void AddIntervals(Dictionary<string, Estimate> metrics, string split, ClassificationReport? report)
    {
        if (report is null)
            return;
        metrics[split + ".macro_f1"] = report.MacroF1;
        metrics[split + ".weighted_f1"] = report.WeightedF1;
        metrics[split + ".accuracy"] = report.Accuracy;
    }

    private static Estimate Alone(double value) => new(value, double.NaN, double.NaN);

    private static ComparedClass[] CompareClasses(ModelEvidence first, ModelEvidence second)
    {
        if (first.Find(model => model.Test) is not { } mine || second.Find(model => model.Test) is not { } theirs)
            return [];
        return
        [
            .. mine.Classes.Select(scores => scores.Label).Union(theirs.Classes.Select(scores => scores.Label), StringComparer.Ordinal)
                .Select(label => new ComparedClass(label, Scores(mine, label), Scores(theirs, label))),
        ];

        static ClassValues? Scores(ClassificationReport report, string label) => report.Classes.FirstOrDefault(scores => scores.Label == label) is { } scores
            ? new ClassValues(scores.Support, scores.Precision, scores.Recall, scores.F1)
            : null;
    }
}

/// <param name="First">Null where it has none.</param>
public sealed record ComparedText(string Name, string? First, string? Second);

/// <param name="First">Bounds are NaN where no interval is known; null where it has none.</param>
public sealed record ComparedMetric(string Name, Estimate? First, Estimate? Second);

/// <param name="First">Null where it does not know the label.</param>
public sealed record ComparedClass(string Label, ClassValues? First, ClassValues? Second);

/// <param name="Support">Rows of test whose true label it is.</param>
public sealed record ClassValues(int Support, double Precision, double Recall, double F1);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(ModelComparison))]
internal sealed partial class ComparisonJson : JsonSerializerContext;
