using System.Text.Json;
using System.Text.Unicode;
using Plumbline.Inference;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>The values that both request readers know.</summary>
internal static class RequestJson
{
    public const string Explain = "$.explain";

    /// <summary>Opens the object that a body must be.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> body, RequestLimits limits)
    {
        if (body.StartsWith("\uFEFF"u8))
            body = body["\uFEFF"u8.Length..];
        // The reader looks at the encoding of those strings only that somebody reads.
        if (!Utf8.IsValid(body))
            throw new ProblemException(Problem.InvalidJson("It is not UTF-8."));
        var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = limits.JsonDepth });
        if (body.IsEmpty)
            throw new ProblemException(Problem.InvalidJson("It is empty."));
        json.Read();
        Expect(in json, JsonTokenType.StartObject, new JsonPath("$"), "an object");
        return json;
    }

    /// <summary>Reads past the object's end; anything but white space there is not JSON.</summary>
    public static void Close(ref Utf8JsonReader json) => json.Read();

    public static void Expect(in Utf8JsonReader json, JsonTokenType type, JsonPath path, string what)
    {
        if (json.TokenType != type)
            throw Invalid(path, $"must be {what}, not {Describe(json.TokenType)}");
    }

    public static void ReadText(ref Utf8JsonReader json, JsonPath path, RequestLimits limits, PredictionRequest request)
    {
        Expect(in json, JsonTokenType.String, path, "a string");
        var buffer = request.TextBuffer(json.ValueSpan.Length);
        int length;
        if (json.ValueIsEscaped)
        {
            length = json.CopyString(buffer);
        }
        else
        {
            json.ValueSpan.CopyTo(buffer);
            length = json.ValueSpan.Length;
        }
        if (length > limits.TextLength && CountScalars(buffer[..length]) is var scalars && scalars > limits.TextLength)
            throw Invalid(path, $"has {scalars} characters; {limits.TextLength} are allowed");
        request.AddText(length);
    }

    /// <summary>How many contributions each answer is to be explained by.</summary>
    public static void ReadExplain(ref Utf8JsonReader json, PredictionRequest request)
    {
        if (json.TokenType == JsonTokenType.Null)
            return;
        if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var most) || most is < 0 or > Predictor.MostContributions)
            throw Invalid(new JsonPath(Explain), $"must be a whole number from 0 to {Predictor.MostContributions}, or null");
        request.Explain = most;
    }

    /// <summary>A number, or what says that there is none; a value of any other type is passed over.</summary>
    public static float ReadNumber(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return PredictionRequest.Missing;
            case JsonTokenType.Number when json.TryGetSingle(out var number) && float.IsFinite(number):
                return number;
            default:
                json.Skip();
                return PredictionRequest.NotANumber;
        }
    }

    public static ProblemException Invalid(JsonPath path, string fault) => new(Problem.InvalidRequest(path.ToString(), fault));

    public static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a boolean",
    };

    public static int CountScalars(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
            count += (b & 0xC0) == 0x80 ? 0 : 1;
        return count;
    }
}
