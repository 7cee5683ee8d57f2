using System.Text.Json;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Server.Predictions;

/// <summary>Finds the user or item of a request's first text, by which it is routed, before it is read for a model.</summary>
internal static class RoutingKey
{
    /// <param name="body">A request's body; one that is no JSON has no key, and is refused when it is read.</param>
    /// <param name="key">Receives UTF-8; a longer one counts as none.</param>
    /// <returns>Bytes of the key; 0 where there is none.</returns>
    public static int Find(ReadOnlySpan<byte> body, EntityKind kind, Span<byte> key)
    {
        var json = new Utf8JsonReader(body);
        try
        {
            return Open(ref json) && Seek(ref json, kind == EntityKind.User ? "user"u8 : "item"u8) ? Copy(ref json, key) : 0;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return 0;
        }
    }

    private static bool Open(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.StartObject;

    /// <summary>Goes into <c>entities</c>, or the first row of <c>data</c>, and to the member of it.</summary>
    private static bool Seek(ref Utf8JsonReader json, ReadOnlySpan<byte> member)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isData = json.ValueTextEquals("data"u8);
            if (!isData && !json.ValueTextEquals("entities"u8))
            {
                json.Skip();
                continue;
            }
            if (!json.Read() || (isData && (json.TokenType != JsonTokenType.StartArray || !json.Read())) || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals(member))
                    return json.Read() && (json.TokenType != JsonTokenType.StartArray || json.Read());
                json.Skip();
            }
            return false;
        }
        return false;
    }

    private static int Copy(ref Utf8JsonReader json, Span<byte> key)
    {
        if (json.ValueSpan.Length > key.Length)
            return 0;
        if (json.TokenType == JsonTokenType.String)
            return json.CopyString(key);
        if (json.TokenType != JsonTokenType.Number)
            return 0;
        json.ValueSpan.CopyTo(key);
        return json.ValueSpan.Length;
    }
}
