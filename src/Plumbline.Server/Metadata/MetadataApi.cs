using System.Buffers;
using System.Text.Json;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Metadata;

/// <summary><c>GET /metadata</c>: the model, its contract, what it was trained on and how good it is.</summary>
internal static class MetadataApi
{
    public static void MapMetadata(this IEndpointRouteBuilder routes, ServerState state, ServerMetrics metrics)
    {
        RequestDelegate metadata = async context =>
        {
            var serving = state.Enter() ?? throw new ProblemException(Problem.NotReady());
            ArrayBufferWriter<byte> body;
            try
            {
                body = Write(serving.Stable.Generation.Model);
            }
            finally
            {
                serving.Leave();
            }
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.WrittenCount;
            await context.Response.BodyWriter.WriteAsync(body.WrittenMemory);
        };
        routes.MapGet("/metadata", metadata).WithMetadata(metrics.ForRoute("/metadata", HttpMethods.Get));
    }

    private static ArrayBufferWriter<byte> Write(ServedModel model)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body, AnswerWriter.Options);
        json.WriteStartObject();
        json.WriteString("name", model.Name);
        json.WriteString("version", model.EncodedVersion);
        json.WriteString("digest", model.Predictor.Digest);
        WriteManifest(json, model);
        json.WriteStartArray("drift_prone");
        foreach (var feature in model.DriftProne)
            json.WriteStringValue(feature);
        json.WriteEndArray();
        json.WriteEndObject();
        return body;
    }

    private static void WriteManifest(Utf8JsonWriter json, ServedModel model)
    {
        if (model.Predictor.Manifest is null)
        {
            json.WriteStartArray("labels");
            foreach (var label in model.Labels)
                json.WriteStringValue(label);
            json.WriteEndArray();
            return;
        }
        using var manifest = JsonDocument.Parse(model.Predictor.ManifestJson);
        foreach (var part in (string[])["labels", "contract", "training", "metrics"])
        {
            json.WritePropertyName(part);
            manifest.RootElement.GetProperty(part).WriteTo(json);
        }
    }
}
