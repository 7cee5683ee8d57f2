using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Cli.Output;

/// <summary>The one JSON value that a command with <c>--json</c> prints, on one line.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Default) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Terminal terminal, JsonNode value)
    {
        terminal.Out.WriteLine(value.ToJsonString(Options));
        terminal.Out.Flush();
    }

    /// <summary>Null where the number is undefined, which JSON cannot say.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    public static JsonNode? Rounded(double value, int digits) => Number(double.IsFinite(value) ? Math.Round(value, digits) : value);

    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
