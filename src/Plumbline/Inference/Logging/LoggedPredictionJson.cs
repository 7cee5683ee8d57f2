using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Inference.Logging;

/// <summary>Writes predictions on one line, for people and programs that read JSON lines.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LoggedPrediction))]
internal sealed partial class LoggedPredictionJson : JsonSerializerContext
{
    /// <summary>Letters beyond ASCII as they are.</summary>
    public static LoggedPredictionJson Relaxed { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
