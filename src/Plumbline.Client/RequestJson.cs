using System.Text.Json;

namespace Plumbline.Client;

/// <summary>Writes bodies of requests.</summary>
internal static class RequestJson
{
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
            write(json);
        return body.ToArray();
    }

    public static void WriteExplain(Utf8JsonWriter json, PredictionOptions? options)
    {
        if (options?.Explain > 0)
            json.WriteNumber("explain"u8, options.Explain);
    }

    public static void WriteRow(Utf8JsonWriter json, PredictionRow row)
    {
        json.WriteStartObject();
        json.WriteString("text"u8, row.Text);
        foreach (var (name, value) in row.Numeric ?? new Dictionary<string, double?>())
            WriteNumber(json, name, value);
        foreach (var (name, value) in row.Categorical ?? new Dictionary<string, string?>())
            json.WriteString(name, value);
        if (row.User is not null)
            json.WriteString("user"u8, row.User);
        if (row.Item is not null)
            json.WriteString("item"u8, row.Item);
        if (row.Time is { } time)
            json.WriteString("time"u8, time.ToUniversalTime());
        json.WriteEndObject();
    }

    /// <summary>One text and what belongs to it, in the form of a single one.</summary>
    public static void WriteSingle(Utf8JsonWriter json, PredictionRow row, PredictionOptions? options)
    {
        json.WriteStartObject();
        json.WriteString("text"u8, row.Text);
        json.WriteStartObject("numeric_features"u8);
        foreach (var (name, value) in row.Numeric ?? new Dictionary<string, double?>())
            WriteNumber(json, name, value);
        json.WriteEndObject();
        json.WriteStartObject("categorical_features"u8);
        foreach (var (name, value) in row.Categorical ?? new Dictionary<string, string?>())
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartObject("entities"u8);
        json.WriteString("user"u8, row.User);
        json.WriteString("item"u8, row.Item);
        json.WriteEndObject();
        if (row.Time is { } time)
            json.WriteString("time"u8, time.ToUniversalTime());
        WriteExplain(json, options);
        json.WriteEndObject();
    }

    public static void WriteFeedback(Utf8JsonWriter json, IReadOnlyList<Feedback> feedback, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteStartArray("feedback"u8);
        foreach (var one in feedback)
        {
            json.WriteStartObject();
            json.WriteString("prediction_id"u8, one.PredictionId);
            json.WriteString("label"u8, one.Label);
            // Without an id or a time a second try would count as a second piece of feedback.
            if (one.Time is not null || one.Id is null)
                json.WriteString("time"u8, (one.Time ?? now).ToUniversalTime());
            if (one.Id is not null)
                json.WriteString("id"u8, one.Id);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
