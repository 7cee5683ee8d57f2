using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Monitoring;

/// <summary>Names of enumerations in JSON, in snake case.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
