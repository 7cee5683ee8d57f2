using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Plumbline.Server.Predictions;

/// <summary>
/// The shapes of <c>docs/specs/http.md</c> for the OpenAPI document; bodies are read and written by <see cref="PredictRequestReader"/>,
/// <see cref="BatchRequestReader"/> and <see cref="AnswerWriter"/>.
/// </summary>
internal sealed record PredictBody(
    [property: JsonPropertyName("texts"), Description("Either texts or text."), MinLength(1)] string[]? Texts,
    [property: JsonPropertyName("text"), Description("One text; numeric features, entities and time are then single values.")] string? Text,
    [property: JsonPropertyName("numeric_features"), Description("Name → one number or null for each text.")] Dictionary<string, float?[]>? NumericFeatures,
    [property: JsonPropertyName("entities"), Description("user and item → one key for each text.")] Dictionary<string, string?[]>? Entities,
    [property: JsonPropertyName("time"), Description("RFC 3339 dates or date-times, Unix seconds or nulls, one for each text.")] JsonArray? Time);

internal sealed record PredictResult(
    [property: JsonPropertyName("labels")] string[] Labels,
    [property: JsonPropertyName("probs"), Description("For each text, probabilities in the order of /metadata's labels; for one text, label → probability.")] float[][] Probs,
    [property: JsonPropertyName("warnings"), Description("Kind (missing, type, out_of_range, differs) → feature → indices of texts.")] Dictionary<string, Dictionary<string, int[]>>? Warnings,
    [property: JsonPropertyName("prediction_ids")] Guid[] PredictionIds,
    [property: JsonPropertyName("version")] string Version);

internal sealed record BatchPredictBody(
    [property: JsonPropertyName("data"), Description("Rows with reviewText (or text) and numeric features."), MinLength(1)] JsonObject[] Data);

internal sealed record BatchPredictResult(
    [property: JsonPropertyName("predictions")] string[] Predictions,
    [property: JsonPropertyName("probs")] float[][] Probs,
    [property: JsonPropertyName("warnings")] Dictionary<string, Dictionary<string, int[]>>? Warnings,
    [property: JsonPropertyName("prediction_ids")] Guid[] PredictionIds,
    [property: JsonPropertyName("version")] string Version);

internal static class PredictionExamples
{
    public static OpenApi.EndpointExample Predict { get; } = new(
        """{"texts":["I could not put it down.","Dull."],"numeric_features":null}""",
        """
        {"labels":["5","2"],"probs":[[0.01,0.02,0.07,0.2,0.7],[0.3,0.4,0.2,0.06,0.04]],"warnings":null,
         "prediction_ids":["0198c1de-6b7a-7000-8000-1f0c4d2b9a31","0198c1de-6b7a-7000-8000-2f0c4d2b9a31"],"version":"reviews/3"}
        """);

    public static OpenApi.EndpointExample BatchPredict { get; } = new(
        """{"data":[{"reviewText":"I could not put it down."}]}""",
        """
        {"predictions":["5"],"probs":[[0.01,0.02,0.07,0.2,0.7]],"warnings":null,
         "prediction_ids":["0198c1de-6b7a-7000-8000-1f0c4d2b9a31"],"version":"reviews/3"}
        """);
}
