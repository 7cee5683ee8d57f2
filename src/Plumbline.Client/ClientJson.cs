using System.Text.Json.Serialization;

namespace Plumbline.Client;

/// <summary>Answers as they are sent, to texts, to rows, or to a part of a stream.</summary>
internal sealed record SentBatch
{
    public string[]? Labels { get; init; }

    public string[]? Predictions { get; init; }

    public float[][]? Probs { get; init; }

    public Dictionary<string, IReadOnlyDictionary<string, int[]>>? Warnings { get; init; }

    public Explanation[]? Explanations { get; init; }

    public Guid[]? PredictionIds { get; init; }

    public string? Version { get; init; }

    public int Offset { get; init; }
}

/// <summary>An answer to one text.</summary>
internal sealed record SentSingle
{
    public required string Label { get; init; }

    public required Dictionary<string, float> Probs { get; init; }

    public Dictionary<string, IReadOnlyDictionary<string, int[]>>? Warnings { get; init; }

    public Explanation? Explanation { get; init; }

    public required Guid PredictionId { get; init; }

    public required string Version { get; init; }
}

/// <summary>An error as RFC 9457 shows it.</summary>
internal sealed record SentProblem
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    public int? Status { get; init; }

    public string? Detail { get; init; }

    [JsonPropertyName("traceId")]
    public string? TraceId { get; init; }

    public Dictionary<string, string[]>? Errors { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SentBatch))]
[JsonSerializable(typeof(SentSingle))]
[JsonSerializable(typeof(SentProblem))]
[JsonSerializable(typeof(FeedbackCounts))]
[JsonSerializable(typeof(ModelMetadata))]
internal sealed partial class ClientJson : JsonSerializerContext;
