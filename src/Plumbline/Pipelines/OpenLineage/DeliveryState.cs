using System.Text.Json.Serialization;

namespace Plumbline.Pipelines.OpenLineage;

/// <param name="Failures">In a row.</param>
/// <param name="NotBefore">Unix ms.</param>
internal sealed record DeliveryState(int Failures, long NotBefore, string Problem);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeliveryState))]
internal sealed partial class OpenLineageJson : JsonSerializerContext;
