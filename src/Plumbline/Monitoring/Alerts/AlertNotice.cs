using System.Text.Json.Serialization;

namespace Plumbline.Monitoring.Alerts;

/// <summary>That something happened to an alert, with the alert as it was then. Immutable.</summary>
/// <param name="Notice">Its number: later ones have greater ones.</param>
/// <param name="Time">UTC.</param>
public sealed record AlertNotice(long Notice, AlertEvent Event, DateTimeOffset Time, Alert Alert);

/// <summary>Notices that go to one notifier together. Immutable.</summary>
/// <param name="Id">32 hex digits, the same whenever it is sent.</param>
/// <param name="Attempts">Tries so far.</param>
/// <param name="NextAttempt">Not before then.</param>
/// <param name="Fault">What the last try came to; null before the first.</param>
public sealed record AlertMessage(string Id, string Model, string Notifier, IReadOnlyList<AlertNotice> Notices, DateTimeOffset Created, int Attempts, DateTimeOffset NextAttempt, string? Fault);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WordConverter<AlertEvent>), typeof(WordConverter<AlertState>), typeof(WordConverter<AlertSeverity>)])]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(IReadOnlyList<AlertNotice>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class AlertJson : JsonSerializerContext
{
    private sealed class WordConverter<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
        where T : struct, Enum;
}
