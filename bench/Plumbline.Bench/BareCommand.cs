using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Plumbline.Bench;

/// <summary>
/// The least that a server of this framework can do: parses {"texts":[...]} and answers with a constant for each text.
/// What /predict reaches of its requests/s is what predicting leaves.
/// </summary>
internal static class BareCommand
{
    private static readonly float[] Probabilities = [0.1f, 0.1f, 0.1f, 0.1f, 0.6f];

    public static async Task<int> RunAsync(string[] args)
    {
        var port = int.Parse(args[0], CultureInfo.InvariantCulture);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var app = builder.Build();
        app.MapPost("/predict", (RequestDelegate)PredictAsync);
        await app.RunAsync();
        return 0;
    }

    private static async Task PredictAsync(HttpContext context)
    {
        var request = await JsonSerializer.DeserializeAsync(context.Request.BodyReader, BareJson.Default.BareRequest, context.RequestAborted);
        var count = request!.Texts.Length;
        var answer = new BareResponse(new string[count], new float[count][]);
        Array.Fill(answer.Labels, "5");
        Array.Fill(answer.Probs, Probabilities);
        // With a length there are no chunks to frame.
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, BareJson.Default.BareResponse);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}

internal sealed record BareRequest(string[] Texts);

internal sealed record BareResponse(string[] Labels, float[][] Probs);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BareRequest))]
[JsonSerializable(typeof(BareResponse))]
internal sealed partial class BareJson : JsonSerializerContext;
