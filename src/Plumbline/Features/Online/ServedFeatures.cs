using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Features.Online;

/// <summary>The aggregates that one prediction was made with, kept so that training can use what serving saw. docs/specs/feature-store.md.</summary>
/// <param name="PredictionId">By which feedback finds it.</param>
/// <param name="Version">Model version, as in the answer.</param>
/// <param name="AsOf">Microseconds since 1970 UTC.</param>
/// <param name="Values">By name of the aggregate; null is missing.</param>
/// <param name="UserOutcome">Whether the user was found.</param>
public sealed record ServedFeatures(
    Guid PredictionId, string RequestId, string Version, string? User, string? Item, long AsOf, IReadOnlyDictionary<string, float?> Values,
    EntityOutcome UserOutcome, EntityOutcome ItemOutcome)
{
    /// <summary>One line, as in the files.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ServedFeaturesJson.Default.ServedFeatures);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ServedFeatures))]
internal sealed partial class ServedFeaturesJson : JsonSerializerContext;
