using System.Text.Json;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Server.Predictions;

/// <summary>Reads a body of <c>POST /batch_predict</c>.</summary>
internal static class BatchRequestReader
{
    private const string Data = "$.data";

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string holds a lone surrogate.</exception>
    public static void Read(ReadOnlySpan<byte> body, RequestLimits limits, PredictionRequest request)
    {
        var json = RequestJson.Open(body, limits);
        var (seen, explains) = (false, false);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("explain"u8))
            {
                if (explains)
                    throw RequestJson.Invalid(new JsonPath(RequestJson.Explain), "must not be sent twice");
                explains = true;
                json.Read();
                RequestJson.ReadExplain(ref json, request);
                continue;
            }
            if (!json.ValueTextEquals("data"u8))
            {
                json.Skip();
                continue;
            }
            if (seen)
                throw RequestJson.Invalid(new JsonPath(Data), "must not be sent twice");
            seen = true;
            json.Read();
            ReadRows(ref json, limits, request);
        }
        RequestJson.Close(ref json);
        if (!seen)
            throw RequestJson.Invalid(new JsonPath("$"), "must have data");
        request.Shape = RequestShape.Rows;
    }

    private static void ReadRows(ref Utf8JsonReader json, RequestLimits limits, PredictionRequest request)
    {
        RequestJson.Expect(in json, JsonTokenType.StartArray, new JsonPath(Data), "an array of objects");
        for (var row = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; row++)
        {
            if (row == limits.Items)
                throw RequestJson.Invalid(new JsonPath(Data), $"must not have more than {limits.Items} rows");
            RequestJson.Expect(in json, JsonTokenType.StartObject, new JsonPath(Data, row), "an object");
            ReadRow(ref json, row, limits, request);
        }
        if (request.Count == 0)
            throw RequestJson.Invalid(new JsonPath(Data), "must not be empty");
    }

    private static void ReadRow(ref Utf8JsonReader json, int row, RequestLimits limits, PredictionRequest request)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("reviewText"u8) || json.ValueTextEquals("text"u8))
            {
                if (request.Count > row)
                    throw RequestJson.Invalid(new JsonPath(Data, row), "must have reviewText or text, once");
                var path = new JsonPath(Data, row, json.ValueTextEquals("text"u8) ? "text" : "reviewText");
                json.Read();
                RequestJson.ReadText(ref json, path, limits, request);
                continue;
            }
            if (request.UsesEntities && TryReadEntity(ref json, row, request))
                continue;
            if (request.TakesKeysOnly && TryTakeKey(ref json, row, request))
                continue;
            var feature = request.FindFeature(ref json);
            if (feature < 0)
            {
                json.Skip();
                continue;
            }
            if (request.ValueCount(feature) > row)
                throw RequestJson.Invalid(new JsonPath(Data, row, request.FeatureName(feature)), "must not be sent twice");
            json.Read();
            request.AddValue(feature, row, ref json);
        }
        if (request.Count == row)
            throw RequestJson.Invalid(new JsonPath(Data, row), "must have reviewText or text");
    }

    private static bool TryTakeKey(ref Utf8JsonReader json, int row, PredictionRequest request)
    {
        EntityKind? kind = json.ValueTextEquals("user"u8) ? EntityKind.User : json.ValueTextEquals("item"u8) ? EntityKind.Item : null;
        if (kind is not { } key)
            return false;
        json.Read();
        request.AddKeyOnly(key, row, ref json);
        return true;
    }

    private static bool TryReadEntity(ref Utf8JsonReader json, int row, PredictionRequest request)
    {
        EntityKind? kind = json.ValueTextEquals("user"u8) ? EntityKind.User : json.ValueTextEquals("item"u8) ? EntityKind.Item : null;
        if (kind is null && !json.ValueTextEquals("time"u8))
            return false;
        var path = new JsonPath(Data, row, kind switch { EntityKind.User => "user", EntityKind.Item => "item", _ => "time" });
        if ((kind is { } sent ? request.Entities.KeyCount(sent) : request.Entities.TimeCount) > row)
            throw RequestJson.Invalid(path, "must not be sent twice");
        json.Read();
        if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null))
            throw RequestJson.Invalid(path, $"must be a string, a number or null, not {RequestJson.Describe(json.TokenType)}");
        if (kind is { } entity)
            request.Entities.AddKey(entity, row, ref json, path);
        else
            request.Entities.AddTime(row, ref json, path);
        return true;
    }
}
