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

    public ServedModel(Predictor predictor, ServerOptions options, ServerMetrics metrics)
    {
        Predictor = predictor;
        Name = options.ModelName;
        Version = options.ModelName is null ? predictor.Digest[..DigestDigits]
            : options.ModelVersion is null ? $"{options.ModelName}/{predictor.Digest[..DigestDigits]}"
            : $"{options.ModelName}/{options.ModelVersion}";
        EncodedVersion = JsonEncodedText.Encode(Version, AnswerWriter.Options.Encoder);
        Labels = [.. predictor.Labels.Select(label => JsonEncodedText.Encode(label, AnswerWriter.Options.Encoder))];
        Features = [.. predictor.NumericFeatures.Select(feature => new ServedFeature(feature))];
        FirstInput = Features.Count(feature => feature.Contract.Source == NumericFeatureSource.Text);
        Metrics = metrics.ForModel(this);
    }

    public Predictor Predictor { get; }

    public string? Name { get; }

    /// <summary><c>name/number</c>, or a prefix of the digest.</summary>
    public string Version { get; }

    public JsonEncodedText EncodedVersion { get; }

    public JsonEncodedText[] Labels { get; }

    /// <summary>In contract order: those computed from the text, then, from <see cref="FirstInput"/> on, those that a client sends.</summary>
    public ServedFeature[] Features { get; }

    public int FirstInput { get; }

    public ModelMetrics Metrics { get; }

    public void Dispose() => Predictor.Dispose();
}

/// <summary>A numeric feature with its name as it is looked for in requests and written into answers.</summary>
internal sealed class ServedFeature(NumericFeature contract)
{
    public NumericFeature Contract { get; } = contract;

    public string Name => Contract.Name;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(contract.Name);

    public JsonEncodedText EncodedName { get; } = JsonEncodedText.Encode(contract.Name, AnswerWriter.Options.Encoder);
}
