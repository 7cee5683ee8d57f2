using System.Text;
using System.Text.Json;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>A predictor and what answering with it needs at hand. Immutable and thread-safe.</summary>
internal sealed class ServedModel : IDisposable
{
    private const int DigestDigits = 12;

    /// <summary>Bounds the label values of metrics.</summary>
    private const int MostNamedFeatures = 100;

    /// <param name="aggregates">Null for a model without aggregates.</param>
    public ServedModel(Predictor predictor, ServerOptions options, ServerMetrics metrics, ServedAggregates? aggregates = null)
    {
        Aggregates = aggregates;
        Predictor = predictor;
        Name = options.ModelName;
        Version = options.ModelName is null ? predictor.Digest[..DigestDigits]
            : options.ModelVersion is null ? $"{options.ModelName}/{predictor.Digest[..DigestDigits]}"
            : $"{options.ModelName}/{options.ModelVersion}";
        EncodedVersion = JsonEncodedText.Encode(Version, AnswerWriter.Options.Encoder);
        Labels = [.. predictor.Labels.Select(label => JsonEncodedText.Encode(label, AnswerWriter.Options.Encoder))];
        Features = [.. predictor.NumericFeatures.Select((feature, i) => new ServedFeature(feature, i < MostNamedFeatures ? feature.Name : "other"))];
        FirstInput = Features.Count(feature => feature.Contract.Source == NumericFeatureSource.Text);
        FirstAggregate = Features.Count(feature => feature.Contract.Source != NumericFeatureSource.Aggregate);
        var baseline = predictor.Manifest.Baseline;
        Watches = [.. baseline.Numeric.Skip(FirstInput).Select(trained => new FeatureWatch((double)trained.Missing / Math.Max(1, baseline.Rows)))];
        Metrics = metrics.ForModel(this);
    }

    public Predictor Predictor { get; }

    public string? Name { get; }

    /// <summary><c>name/number</c>, or a prefix of the digest.</summary>
    public string Version { get; }

    public JsonEncodedText EncodedVersion { get; }

    public JsonEncodedText[] Labels { get; }

    /// <summary>In contract order: those computed from the text, then, from <see cref="FirstInput"/> on, those that a client sends, then aggregates.</summary>
    public ServedFeature[] Features { get; }

    public int FirstInput { get; }

    /// <summary>Place of the first aggregate; the number of features where there is none.</summary>
    public int FirstAggregate { get; }

    /// <summary>One for each feature from <see cref="FirstInput"/> on.</summary>
    public FeatureWatch[] Watches { get; }

    public ServedAggregates? Aggregates { get; }

    /// <summary>Names of the features whose last values are missing or out of range more often than in training.</summary>
    public IEnumerable<string> DriftProne => Features.Skip(FirstInput).Zip(Watches).Where(pair => pair.Second.IsDriftProne).Select(pair => pair.First.Name);

    public ModelMetrics Metrics { get; }

    public void Dispose() => Predictor.Dispose();
}

/// <summary>A numeric feature with its name as it is looked for in requests and written into answers.</summary>
internal sealed class ServedFeature(NumericFeature contract, string metricName)
{
    /// <summary>Its name in labels of metrics.</summary>
    public string MetricName => metricName;

    public NumericFeature Contract { get; } = contract;

    public string Name => Contract.Name;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(contract.Name);

    public JsonEncodedText EncodedName { get; } = JsonEncodedText.Encode(contract.Name, AnswerWriter.Options.Encoder);
}
