using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Plumbline.Inference.Flags;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(RequirementConverter), typeof(StatusConverter), typeof(PatternConverter), typeof(RangeConverter), typeof(DayConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(FlagDefinition))]
[JsonSerializable(typeof(KnownFlags))]
internal sealed partial class FlagJson : JsonSerializerContext
{
    private static readonly Lazy<JsonSerializerOptions> Terse = new(CreateTerse);

    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Terse.Value.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions CreateTerse() => new(Default.Options) { TypeInfoResolver = Default.WithAddedModifier(LeaveOutUnlimited) };

    /// <summary>What the library takes for "no end" is not worth a line.</summary>
    private static void LeaveOutUnlimited(JsonTypeInfo type)
    {
        if (type.Type != typeof(RecurrenceRange))
            return;
        foreach (var property in type.Properties)
        {
            property.ShouldSerialize = (_, value) => value is not int.MaxValue && !Equals(value, System.DateTimeOffset.MaxValue);
        }
    }

    private sealed class RequirementConverter() : JsonStringEnumConverter<RequirementType>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    private sealed class StatusConverter() : JsonStringEnumConverter<StatusOverride>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    private sealed class PatternConverter() : JsonStringEnumConverter<RecurrencePatternType>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    private sealed class RangeConverter() : JsonStringEnumConverter<RecurrenceRangeType>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    private sealed class DayConverter() : JsonStringEnumConverter<DayOfWeek>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    /// <summary>A time without an offset is UTC, whatever the machine's zone.</summary>
    private sealed class UtcConverter : JsonConverter<System.DateTimeOffset>
    {
        public override System.DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && System.DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, System.DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
