using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Pipelines.Runs;

/// <summary>Names of an enumeration's values in snake_case, and no numbers.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
