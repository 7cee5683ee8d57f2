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
            var body = Write(state.Model ?? throw new ProblemException(Problem.NotReady()));
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
        json.WriteStartArray("labels");
        foreach (var label in model.Labels)
            json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteStartArray("numeric_features");
        foreach (var feature in model.Features)
        {
            json.WriteStartObject();
            json.WriteString("name", feature.EncodedName);
            json.WriteString("source", feature.Contract.Source == Features.NumericFeatureSource.Text ? "text" : "input");
            json.WriteNumber("mean", feature.Contract.Mean);
            json.WriteNumber("standard_deviation", feature.Contract.StandardDeviation);
            json.WriteNumber("min", feature.Contract.Min);
            json.WriteNumber("max", feature.Contract.Max);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        return body;
    }
}
