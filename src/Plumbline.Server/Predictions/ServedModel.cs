using System.Text;
using System.Text.Json;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Inference.Batching;
using Plumbline.Inference.Logging;
using Plumbline.Server.Monitoring;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>A predictor and what answering with it needs at hand. Immutable and thread-safe.</summary>
internal sealed class ServedModel : IDisposable
{
    private const int DigestDigits = 12;

    /// <summary>Bounds the label values of metrics.</summary>
    private const int MostNamedFeatures = 100;

    private readonly ServerMetrics _metrics;

    /// <param name="name">Registered; null where it is not.</param>
    /// <param name="version">Registered number; null where it has none.</param>
    /// <param name="aggregates">Null for a model without aggregates.</param>
    public ServedModel(IPredictor predictor, string? name, long? version, ServerMetrics metrics, ServedAggregates? aggregates = null)
    {
        _metrics = metrics;
        Aggregates = aggregates;
        Predictor = predictor;
        Name = name;
        Digest = Convert.FromHexString(predictor.Digest);
        Version = name is null ? predictor.Digest[..DigestDigits]
            : version is null ? $"{name}/{predictor.Digest[..DigestDigits]}"
            : $"{name}/{version}";
        EncodedVersion = JsonEncodedText.Encode(Version, AnswerWriter.Options.Encoder);
        Labels = [.. predictor.Labels.Select(label => JsonEncodedText.Encode(label, AnswerWriter.Options.Encoder))];
        Utf8Labels = [.. predictor.Labels.Select(Encoding.UTF8.GetBytes)];
        Features = [.. predictor.NumericFeatures.Select(feature => feature.Name).Concat(predictor.CategoricalFeatures.Select(feature => feature.Name))
            .Select((name, i) => new ServedFeature(name, i < MostNamedFeatures ? name : "other"))];
        FirstInput = predictor.NumericFeatures.Count(feature => feature.Source == NumericFeatureSource.Text);
        FirstAggregate = predictor.NumericFeatures.Count(feature => feature.Source != NumericFeatureSource.Aggregate);
        FirstCategorical = predictor.NumericFeatures.Count;
        var baseline = predictor.Manifest?.Baseline;
        Watches = baseline is null ? [] : [.. baseline.Numeric.Skip(FirstInput).Select(trained => trained.Missing)
            .Concat((baseline.Categorical ?? []).Select(trained => trained.Missing + trained.Unknown))
            .Select(faults => new FeatureWatch((double)faults / Math.Max(1, baseline.Rows)))];
        Metrics = metrics.ForModel(this);
    }

    public IPredictor Predictor { get; }

    public string? Name { get; }

    /// <summary><c>name/number</c>, or a prefix of the digest.</summary>
    public string Version { get; }

    /// <summary>SHA-256 of the model.</summary>
    public byte[] Digest { get; }

    public JsonEncodedText EncodedVersion { get; }

    public JsonEncodedText[] Labels { get; }

    /// <summary>UTF-8 of the labels.</summary>
    public byte[][] Utf8Labels { get; }

    /// <summary>In contract order: those computed from the text, then, from <see cref="FirstInput"/> on, those that a client sends, then aggregates, then categorical ones.</summary>
    public ServedFeature[] Features { get; }

    public int FirstInput { get; }

    /// <summary>Place of the first aggregate; <see cref="FirstCategorical"/> where there is none.</summary>
    public int FirstAggregate { get; }

    /// <summary>Place of the first categorical feature, and so the number of numeric ones.</summary>
    public int FirstCategorical { get; }

    /// <summary>One for each feature from <see cref="FirstInput"/> on.</summary>
    public FeatureWatch[] Watches { get; }

    public ServedAggregates? Aggregates { get; }

    /// <summary>Names of the features whose last values are missing, out of range or unknown more often than in training.</summary>
    public IEnumerable<string> DriftProne => Features.Skip(FirstInput).Zip(Watches).Where(pair => pair.Second.IsDriftProne).Select(pair => pair.First.Name);

    public ModelMetrics Metrics { get; }

    /// <summary>Counts what it is asked and answers; null: nobody does.</summary>
    public WatchedModel? Drift { get; set; }

    /// <summary>What answers without explanations take.</summary>
    public ServiceTime ServiceTime { get; } = new();

    /// <summary>What answers with explanations take.</summary>
    public ServiceTime ExplainingTime { get; } = new();

    /// <summary>As the prediction log knows it; null until it answered for the first time.</summary>
    public LoggedVersion? Logged { get; set; }

    public ServiceTime ServiceTimeOf(PredictionRequest request) => request.Explain > 0 ? ExplainingTime : ServiceTime;

    public void Dispose()
    {
        _metrics.Retire(this);
        if (Drift is { } drift)
            drift.IsGone = true;
        Predictor.Dispose();
    }
}

/// <summary>A feature with its name as it is looked for in requests and written into answers.</summary>
internal sealed class ServedFeature(string name, string metricName)
{
    /// <summary>Its name in labels of metrics.</summary>
    public string MetricName => metricName;

    public string Name => name;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    public JsonEncodedText EncodedName { get; } = JsonEncodedText.Encode(name, AnswerWriter.Options.Encoder);
}
