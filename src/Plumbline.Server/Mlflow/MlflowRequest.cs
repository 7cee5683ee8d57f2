using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Mlflow;

/// <summary>
/// The members of a request, be they a JSON body or a query string. Unknown ones are ignored, null is absent; numbers may come as strings, as
/// protobuf's JSON has them, and must where they are NaN or infinite.
/// </summary>
/// <exception cref="ProblemException">A member is missing or of another type.</exception>
internal sealed class MlflowRequest
{
    private readonly JsonElement _members;
    private readonly string _path;

    private MlflowRequest(JsonElement members, string path) => (_members, _path) = (members, path);

    /// <summary>Bytes of the body; 0 for a query.</summary>
    public int Length { get; private init; }

    public static MlflowRequest OfQuery(IQueryCollection query) => new(
        JsonSerializer.SerializeToElement(new JsonObject(query.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)(member.Value.Count == 1
            ? JsonValue.Create(member.Value[0])
            : new JsonArray([.. member.Value.Select(value => JsonValue.Create(value))])))))),
        "");

    /// <param name="body">Empty for no members.</param>
    public static MlflowRequest OfBody(ReadOnlySpan<byte> body)
    {
        try
        {
            var members = JsonSerializer.Deserialize<JsonElement>(body.IsEmpty ? "{}"u8 : body);
            return members.ValueKind == JsonValueKind.Object ? new MlflowRequest(members, "") { Length = body.Length } : throw new ProblemException(Problem.InvalidJson("The body must be a JSON object."));
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
    }

    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? TextOf(name, value) : throw Wrong(name, "must be a string");

    public string RequiredText(string name) => Text(name) ?? throw Wrong(name, "is missing");

    public long? Integer(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var whole) => whole,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 9e15 => (long)number,
        { ValueKind: JsonValueKind.String } when long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ => throw Wrong(name, "must be a whole number of 64 bits"),
    };

    public double RequiredNumber(string name) => Find(name) switch
    {
        null => throw Wrong(name, "is missing"),
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) => number,
        { ValueKind: JsonValueKind.String } when ParseNumber(Text(name)!) is { } number => number,
        _ => throw Wrong(name, "must be a number, or one of \"NaN\", \"Infinity\" and \"-Infinity\""),
    };

    public bool Flag(string name, bool otherwise) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } when bool.TryParse(Text(name), out var flag) => flag,
        _ => throw Wrong(name, "must be true or false"),
    };

    /// <summary>Empty where there is none.</summary>
    public IReadOnlyList<string> Texts(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } => [Text(name)!],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? TextOf(name, item) : throw Wrong(name, "must be a list of strings"))],
        _ => throw Wrong(name, "must be a list of strings"),
    };

    /// <summary>Empty where there is none.</summary>
    public IReadOnlyList<MlflowRequest> Objects(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Object
            ? new MlflowRequest(item, FormattableString.Invariant($"{_path}{name}[{i}]."))
            : throw Wrong(name, "must be a list of objects"))],
        _ => throw Wrong(name, "must be a list of objects"),
    };

    public MlflowRequest? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new MlflowRequest(value, $"{_path}{name}."),
        _ => throw Wrong(name, "must be an object"),
    };

    /// <summary>A list of <c>{"key", "value"}</c>.</summary>
    public KeyValuePair<string, string>[] Pairs(string name) =>
        [.. Objects(name).Select(pair => KeyValuePair.Create(pair.RequiredText("key"), pair.Text("value") ?? ""))];

    /// <summary>Ids of experiments are numbers in strings.</summary>
    public long ExperimentId(string name = "experiment_id") => ParseExperiment(name, RequiredText(name));

    public IReadOnlyList<long> ExperimentIds() => [.. Texts("experiment_ids").Select(id => ParseExperiment("experiment_ids", id))];

    /// <summary>Older clients call it <c>run_uuid</c>.</summary>
    public string RunId() => Text("run_id") ?? Text("run_uuid") ?? throw Wrong("run_id", "is missing");

    public int Limit(int otherwise, int most) => Integer("max_results") switch
    {
        null => otherwise,
        >= 1 and var limit when limit <= most => (int)limit,
        var limit => throw Wrong("max_results", FormattableString.Invariant($"is {limit}; from 1 to {most} are answered")),
    };

    /// <summary>Null for an empty one, as older clients send for the first page.</summary>
    public string? PageToken() => Text("page_token") is { Length: > 0 } token ? token : null;

    public ProblemException Wrong(string name, string fault) => new(MlflowProblem.InvalidParameter($"Parameter '{_path}{name}' {fault}."));

    private JsonElement? Find(string name) => _members.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string TextOf(string name, JsonElement value)
    {
        try
        {
            var text = value.GetString()!;
            return !text.Contains('\0', StringComparison.Ordinal) ? text : throw Wrong(name, "holds a NUL character");
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, "holds a lone surrogate");
        }
    }

    private long ParseExperiment(string name, string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(name, $"is '{Problem.Shorten(id)}'; ids of experiments are whole numbers");

    private static double? ParseNumber(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
    };
}
