using System.Text.Json;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Flags;

/// <summary>An error as OFREP shows it.</summary>
/// <param name="Code">Of OpenFeature.</param>
internal sealed record OfrepError(int Status, string Code, string Details)
{
    public static OfrepError NotFound(string key) => new(StatusCodes.Status404NotFound, "FLAG_NOT_FOUND", $"There is no flag {Problem.Shorten(key)}; GET /v1/flags lists them.");

    public static OfrepError NoTargetingKey() => new(StatusCodes.Status400BadRequest, "TARGETING_KEY_MISSING", "The flag depends on who asks; send context.targetingKey.");

    public static OfrepError Unreadable(string detail) => new(StatusCodes.Status400BadRequest, "PARSE_ERROR", detail);

    public static OfrepError InvalidContext(string detail) => new(StatusCodes.Status400BadRequest, "INVALID_CONTEXT", detail);

    /// <param name="key">Of the flag; null where all were asked for.</param>
    public void Write(Utf8JsonWriter json, string? key)
    {
        json.WriteStartObject();
        if (key is not null)
            json.WriteString("key"u8, key);
        json.WriteString("errorCode"u8, Code);
        json.WriteString("errorDetails"u8, Details);
        json.WriteEndObject();
    }
}
