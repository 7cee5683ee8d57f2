using System.Text.Json.Serialization;

namespace Plumbline.Datasets.Profiling;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DataProfile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
