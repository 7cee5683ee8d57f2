using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Inference.Feedback;
using Plumbline.Server.PredictionLogging;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Feedback;

/// <summary><c>POST /v1/feedback</c>: true labels of predictions.</summary>
internal sealed class FeedbackApi(FeedbackIntake intake, LoggedAnswers answers, ServerOptions options, TimeProvider time)
{
    private const string Path = "/v1/feedback";

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics) => routes.MapPost(Path, AddAsync).WithMetadata(metrics.ForRoute(Path, HttpMethods.Post));

    private async Task AddAsync(HttpContext context)
    {
        var deadline = new Deadline(time, options.Timeout);
        if (!intake.IsOn)
            throw new ProblemException(Problem.NoFeedback());
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, deadline);
        var items = Read(body.WrittenSpan);
        Check(items);
        var counts = await AddAsync(items, deadline, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(counts, FeedbackApiJson.Default.FeedbackCounts);
    }

    private List<FeedbackItem> Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return FeedbackReader.Read(body, options.Limits);
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.InvalidJson("A string holds a lone surrogate."));
        }
    }

    /// <summary>What this process knows to be wrong is refused at once.</summary>
    private void Check(List<FeedbackItem> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (answers.LabelsOf(items[i].PredictionId) is { } labels && !labels.Contains(items[i].Label, StringComparer.Ordinal))
                throw RequestJson.Invalid(items.Count == 1 ? new JsonPath("$", Member: "label") : new JsonPath("$.feedback", i, "label"), "must be a label of the version that answered; /metadata lists them");
        }
    }

    private async Task<FeedbackCounts> AddAsync(List<FeedbackItem> items, Deadline deadline, CancellationToken aborted)
    {
        using var timer = deadline.Timer();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, aborted);
        try
        {
            return await intake.AddAsync(items, either.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw new ProblemException(Problem.FeedbackTimeout(deadline.Limit));
        }
        catch (MetadataException exception)
        {
            throw new ProblemException(exception.Error == MetadataError.Invalid ? Problem.OfStore(exception) : Problem.FeedbackUnavailable());
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FeedbackCounts))]
internal sealed partial class FeedbackApiJson : JsonSerializerContext;
