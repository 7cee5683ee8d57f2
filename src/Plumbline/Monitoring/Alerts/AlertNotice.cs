using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Monitoring.Alerts;

/// <summary>That something happened to an alert, with the alert as it was then. Immutable.</summary>
/// <param name="Notice">Its number: later ones have greater ones.</param>
/// <param name="Time">UTC.</param>
public sealed record AlertNotice(long Notice, AlertEvent Event, DateTimeOffset Time, Alert Alert);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WordConverter<AlertEvent>), typeof(WordConverter<AlertState>), typeof(WordConverter<AlertSeverity>)])]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(IReadOnlyList<AlertNotice>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class AlertJson : JsonSerializerContext
{
    private sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
        where T : struct, Enum;
}
