using System.Text.Json.Serialization;

namespace Plumbline.Storage.Artifacts;

/// <summary>The first object of a store.</summary>
internal sealed record StoreFormat(int Format);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TreeContent))]
[JsonSerializable(typeof(Blob))]
[JsonSerializable(typeof(StoreFormat))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
