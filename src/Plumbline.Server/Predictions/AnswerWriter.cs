using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plumbline.Server.Predictions;

/// <summary>Writes an answer in the shape in which the client asked.</summary>
internal static class AnswerWriter
{
    /// <summary>Answers are JSON and never parts of a page, so that only what JSON itself needs is escaped.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Names of <see cref="WarningKind"/>.</summary>
    public static readonly string[] KindNames = ["missing", "type", "out_of_range", "differs", "unknown_entity", "store_unavailable", "unknown_category"];

    public static void Write(Utf8JsonWriter json, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        json.WriteStartObject();
        if (request.Shape == RequestShape.Text)
            WriteOne(json, model, request, answer);
        else
            WriteMany(json, model, request, answer);
        json.WriteString("version"u8, model.EncodedVersion);
        json.WriteEndObject();
    }

    private static void WriteOne(Utf8JsonWriter json, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        json.WriteString("label"u8, model.Labels[answer.Chosen(0)]);
        json.WriteStartObject("probs"u8);
        var probabilities = answer.Probabilities(0);
        for (var label = 0; label < probabilities.Length; label++)
            json.WriteNumber(model.Labels[label], probabilities[label]);
        json.WriteEndObject();
        json.WritePropertyName("warnings"u8);
        WriteWarnings(json, model, request, answer.Warnings);
        if (request.Explain > 0)
        {
            json.WritePropertyName("explanation"u8);
            WriteExplanation(json, model, answer, 0);
        }
        else if (request.IsExplainOff)
        {
            json.WriteNull("explanation"u8);
        }
        json.WriteString("prediction_id"u8, answer.Id(0));
    }

    private static void WriteMany(Utf8JsonWriter json, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        json.WriteStartArray(request.Shape == RequestShape.Rows ? "predictions"u8 : "labels"u8);
        for (var item = 0; item < request.Count; item++)
            json.WriteStringValue(model.Labels[answer.Chosen(item)]);
        json.WriteEndArray();

        json.WriteStartArray("probs"u8);
        for (var item = 0; item < request.Count; item++)
        {
            json.WriteStartArray();
            foreach (var probability in answer.Probabilities(item))
                json.WriteNumberValue(probability);
            json.WriteEndArray();
        }
        json.WriteEndArray();

        json.WritePropertyName("warnings"u8);
        WriteWarnings(json, model, request, answer.Warnings);

        if (request.Explain > 0)
        {
            json.WriteStartArray("explanations"u8);
            for (var item = 0; item < request.Count; item++)
                WriteExplanation(json, model, answer, item);
            json.WriteEndArray();
        }
        else if (request.IsExplainOff)
        {
            json.WriteNull("explanations"u8);
        }

        json.WriteStartArray("prediction_ids"u8);
        for (var item = 0; item < request.Count; item++)
            json.WriteStringValue(answer.Id(item));
        json.WriteEndArray();
    }

    private static void WriteExplanation(Utf8JsonWriter json, ServedModel model, PredictionAnswer answer, int item)
    {
        var explanation = answer.Explanations[item];
        explanation.WriteTo(json, model.Labels[explanation.Label]);
    }

    /// <summary>Kind → feature → items.</summary>
    public static void WriteWarnings(Utf8JsonWriter json, ServedModel model, PredictionRequest request, ContractWarnings warnings)
    {
        if (!warnings.Any && !request.IsExplainOff)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        for (var kind = WarningKind.Missing; (int)kind < KindNames.Length; kind++)
        {
            if (warnings.Count(kind) == 0)
                continue;
            json.WriteStartObject(KindNames[(int)kind]);
            for (var feature = 0; feature < model.Features.Length; feature++)
            {
                if (warnings.Items(kind, feature) is not { Count: > 0 } items)
                    continue;
                json.WriteStartArray(model.Features[feature].EncodedName);
                foreach (var item in items)
                    json.WriteNumberValue(item);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        if (request.IsExplainOff)
            WriteExplainOff(json, request.Count);
        json.WriteEndObject();
    }

    private static void WriteExplainOff(Utf8JsonWriter json, int count)
    {
        json.WriteStartObject("switched_off"u8);
        json.WriteStartArray("explain"u8);
        for (var item = 0; item < count; item++)
            json.WriteNumberValue(item);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
