using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Statistics;

namespace Plumbline.Tuning;

/// <summary>The JSON of definitions and trials, as docs/specs/tuning.md has it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, AllowOutOfOrderMetadataProperties = true,
    Converters = [typeof(SnakeCaseConverter<StudyDirection>), typeof(SnakeCaseConverter<TrialState>), typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(StudyDefinition))]
[JsonSerializable(typeof(Trial))]
internal sealed partial class StudyJson : JsonSerializerContext
{
    public static string Write(StudyDefinition definition) => JsonSerializer.Serialize(definition, Default.StudyDefinition);

    public static string Write(Trial trial) => JsonSerializer.Serialize(trial, Default.Trial);

    /// <exception cref="JsonException">It is no definition.</exception>
    public static StudyDefinition ReadDefinition(string json) =>
        JsonSerializer.Deserialize(json, Default.StudyDefinition) ?? throw new JsonException("A study's definition is an object, not null.");

    /// <exception cref="JsonException">It is no trial.</exception>
    public static Trial ReadTrial(string json) => JsonSerializer.Deserialize(json, Default.Trial) ?? throw new JsonException("A trial is an object, not null.");

    private sealed class SnakeCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
        where T : struct, Enum;
}
