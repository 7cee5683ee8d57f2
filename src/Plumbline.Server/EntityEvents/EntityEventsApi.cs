using System.Buffers;
using System.Text.Json;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.EntityEvents;

/// <summary><c>POST /v1/features/observations</c> and <c>POST /v1/features/labels</c>: what happened, for the feature store.</summary>
internal sealed class EntityEventsApi(ServerState state, ServerOptions options, TimeProvider time)
{
    private const string Observations = "/v1/features/observations";
    private const string Labels = "/v1/features/labels";

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapPost(Observations, ObserveAsync).WithMetadata(metrics.ForRoute(Observations, HttpMethods.Post));
        routes.MapPost(Labels, LabelAsync).WithMetadata(metrics.ForRoute(Labels, HttpMethods.Post));
    }

    private Task ObserveAsync(HttpContext context) =>
        ApplyAsync(context, (_, body, now) => new EntityEventReader(EntityEventKind.Observation, [], [], options.Limits, now).Read(body));

    private Task LabelAsync(HttpContext context) => ApplyAsync(context, (model, body, now) =>
    {
        var values = LabelValue.OfLabels(model.Predictor.Labels)
            ?? throw new ProblemException(Problem.NoFeatureStore("The labels of the model have no order, so that no mean of them is kept."));
        return new EntityEventReader(EntityEventKind.Label, model.Predictor.Labels, values, options.Limits, now).Read(body);
    });

    private async Task ApplyAsync(HttpContext context, ReadEvents read)
    {
        var serving = state.Enter() ?? throw new ProblemException(Problem.NotReady());
        try
        {
            await ApplyAsync(context, serving.Stable.Generation.Model, read);
        }
        finally
        {
            serving.Leave();
        }
    }

    private async Task ApplyAsync(HttpContext context, ServedModel model, ReadEvents read)
    {
        var deadline = new Deadline(time, options.Timeout);
        if (model.Aggregates?.Online.Store is null)
        {
            throw new ProblemException(Problem.NoFeatureStore(
                model.Aggregates is null ? "The model has no aggregates, so that nothing is kept of users and items." : "Set features.store in plumbline.yaml."));
        }
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, deadline);
        var events = Read(model, body.WrittenSpan, read);
        await WriteAsync(context, await ApplyAsync(model.Aggregates, events, deadline, context.RequestAborted));
    }

    private List<EntityEvent> Read(ServedModel model, ReadOnlySpan<byte> body, ReadEvents read)
    {
        try
        {
            return read(model, body, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
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

    private static async Task<EventCounts> ApplyAsync(ServedAggregates aggregates, List<EntityEvent> events, Deadline deadline, CancellationToken aborted)
    {
        using var timer = deadline.Timer();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, aborted);
        try
        {
            return await aggregates.ApplyAsync(events, either.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw new ProblemException(Problem.EventsTimeout(deadline.Limit));
        }
        catch (FeatureStoreException exception)
        {
            throw new ProblemException(exception.Error switch
            {
                FeatureStoreError.Overflow => Problem.CountsFull(),
                FeatureStoreError.Damaged => Problem.StoreDamaged(),
                _ => Problem.StoreUnavailable(),
            });
        }
    }

    private static async Task WriteAsync(HttpContext context, EventCounts counts)
    {
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartObject();
            json.WriteNumber("applied"u8, counts.Applied);
            json.WriteNumber("repeated"u8, counts.Repeated);
            json.WriteEndObject();
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(answer.WrittenMemory);
    }

    private delegate List<EntityEvent> ReadEvents(ServedModel model, ReadOnlySpan<byte> body, long now);
}
