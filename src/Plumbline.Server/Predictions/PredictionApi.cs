using System.Buffers;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.ObjectPool;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Inference.Flags;
using Plumbline.Inference.Routing;
using Plumbline.Server.Admission;
using Plumbline.Server.Caching;
using Plumbline.Server.Flags;
using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.PredictionLogging;
using Plumbline.Server.Problems;
using Plumbline.Server.Streaming;
using Plumbline.Server.Telemetry;
using Plumbline.Server.Traffic;
using Plumbline.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>
/// <c>POST /predict</c> and <c>POST /batch_predict</c>. Raw request delegates: binding and serialising a small object costs several times what
/// the prediction itself does.
/// </summary>
internal sealed class PredictionApi(
    ServerState state, ServerOptions options, AdmissionControl admission, Shadowing shadowing, LoggedAnswers answers, ServedFlags flags, ServedCache cache, ServerMetrics metrics, ILogger log,
    TimeProvider time)
{
    private readonly DefaultObjectPool<PredictionCall> _calls = new(new CallPolicy(answers.IsOn));

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/predict", Predict).WithMetadata(metrics.ForRoute("/predict", HttpMethods.Post));
        routes.MapPost("/batch_predict", BatchPredict).WithMetadata(metrics.ForRoute("/batch_predict", HttpMethods.Post));
    }

    /// <summary>A call to use and to give back with <see cref="Return"/>.</summary>
    public PredictionCall Rent() => _calls.Get();

    public void Return(PredictionCall call) => _calls.Return(call);

    /// <summary>Refuses a request for predictions of which nothing is read yet, where it would be too late, and answers it so.</summary>
    /// <exception cref="ProblemException">A header is wrong.</exception>
    public bool TryRefuse(HttpContext context)
    {
        if (admission.Refuse(context.Request, options.Timeout) is not { } retryAfter)
            return false;
        metrics.Failed(Problem.OverloadedKind);
        ProblemResponse.WriteOverloaded(context, retryAfter);
        return true;
    }

    private Task Predict(HttpContext context) =>
        TryRefuse(context) ? Task.CompletedTask :
        EventStream.IsAskedFor(context.Request) ? new EventStream(context, this, state, options, time).AnswerTextsAsync() : AnswerAsync(context, PredictRequestReader.Read);

    private Task BatchPredict(HttpContext context) =>
        TryRefuse(context) ? Task.CompletedTask :
        EventStream.IsAskedFor(context.Request) ? new EventStream(context, this, state, options, time).AnswerRowsAsync() : AnswerAsync(context, BatchRequestReader.Read);

    private async Task AnswerAsync(HttpContext context, ReadRequest read)
    {
        var deadline = Deadline.Of(context.Request, time, options.Timeout);
        RequestBody.CheckMediaType(context.Request);
        var call = _calls.Get();
        try
        {
            await RequestBody.ReadAsync(context.Request, call.Body, deadline);
            await AnswerAsync(context, call, read, deadline);
            var response = context.Response;
            response.ContentType = "application/json";
            response.ContentLength = call.Output.Length;
            response.BodyWriter.Write(call.Output);
        }
        finally
        {
            _calls.Return(call);
        }
    }

    /// <summary>Has the body of a call answered into it by the version that the traffic plan, or the request itself, says: the one way in which callers are answered.</summary>
    /// <exception cref="ProblemException">It cannot be answered.</exception>
    public async Task AnswerAsync(HttpContext context, PredictionCall call, ReadRequest read, Deadline deadline)
    {
        using var admitted = admission.Enter(context.Request, deadline);
        // Entered only now: a caller who sends slowly keeps no version that is to go.
        var serving = state.Enter() ?? throw new ProblemException(Problem.NotReady());
        try
        {
            var pinned = call.Protocol?.Pin(serving);
            ulong unit = 0;
            var (arm, isAssigned) = pinned is null ? Route(context, call, serving, out unit) : (pinned, false);
            try
            {
                await AnswerAsync(context, arm, isAssigned, unit, call, read, deadline);
            }
            catch (Exception exception) when (pinned is null && arm != serving.Stable && exception is not (ProblemException or OperationCanceledException))
            {
                // A version that is on trial must not cost a caller his answer. Stable was not assigned the unit, so this says nothing of it.
                ServerLog.CandidateFailed(log, exception, arm.Generation.Model.Version);
                arm = serving.Stable;
                call.ClearAnswer();
                await AnswerAsync(context, arm, isAssigned: false, unit: 0, call, read, deadline);
            }
            if (pinned is null && serving.Shadows.Count > 0 && await flags.IsOnAsync(ServerFeature.Shadow, context, call))
                shadowing.Offer(serving, arm, call, read);
        }
        finally
        {
            serving.Leave();
        }
    }

    private async ValueTask AnswerAsync(HttpContext context, ServedArm arm, bool isAssigned, ulong unit, PredictionCall call, ReadRequest read, Deadline deadline)
    {
        var (generation, recorder, began) = (arm.Generation, arm.Recorder, time.GetTimestamp());
        var model = generation.Model;
        try
        {
            Activity.Current?.SetTag("plumbline.version", model.Version);
            using (Spans.Inside("features"))
            {
                call.Read(model, read, options.Limits);
                if (call.Request.Explain > 0 && !await flags.IsOnAsync(ServerFeature.Explanations, context, call))
                    call.Request.WithholdExplanations();
                if (model.Aggregates is { } aggregates)
                    await call.FetchAsync(aggregates, time.GetUtcNow(), context.RequestAborted);
            }
            if (cache.Of(model) is { } answered && await MayTakeAsync(context, call))
                await call.Cached.FindAsync(answered, model, call.Request, call.Aggregates, deadline, context.RequestAborted);
            await admission.ComputeAsync(context, call, generation, deadline);
            call.Write(model);
        }
        catch (Exception exception) when (
            exception is not (ProblemException { Problem: { Status: < StatusCodes.Status500InternalServerError } or { Kind: Problem.OverloadedKind } } or OperationCanceledException))
        {
            if (isAssigned)
                recorder.Failed(unit);
            throw;
        }
        var latency = time.GetElapsedTime(began);
        if (isAssigned)
            recorder.Answered(call.Answer, call.Request.Count, latency, unit);
        Log(context, generation, call, latency, unit);
        model.Drift?.ObserveWithoutFeatures(call);
        model.Metrics.Count(call.Request, call.Answer);
        model.Aggregates?.Record(model.Version, context.Response.Headers[RequestId.Header].ToString(), call.Answer, call.Aggregates);
    }

    private void Log(HttpContext context, Generation generation, PredictionCall call, TimeSpan latency, ulong unit)
    {
        if (!answers.IsOn)
            return;
        using (Spans.Inside("prediction_log.append"))
            answers.Record(generation, call, latency, unit, TraceId.Of(context));
    }

    /// <summary>Whether answers that were given before will do.</summary>
    private async ValueTask<bool> MayTakeAsync(HttpContext context, PredictionCall call)
    {
        // What is computed from the text is not kept, and is to be compared.
        if (!call.Request.HasTextFeatures && !ServedCache.IsRefused(context.Request) && await flags.IsOnAsync(ServerFeature.PredictionCache, context, call))
            return true;
        cache.Bypassed(call.Request.Count);
        return false;
    }

    /// <summary>Chooses who answers, and says whether he was assigned: a request without the unit says nothing of a version.</summary>
    /// <param name="unit">Hash of the unit; 0 where nothing is assigned.</param>
    private static (ServedArm Arm, bool IsAssigned) Route(HttpContext context, PredictionCall call, ServingSet serving, out ulong unit)
    {
        unit = 0;
        if (!serving.IsSplit)
            return (serving.Stable, true);
        if (TrafficRoute.Sent(context.Request) is { } sent)
            return (Choose(serving, sent, out unit), true);
        if (serving.Plan.Unit != RoutingUnit.Request)
        {
            Span<byte> key = stackalloc byte[EntityEvent.MostIdBytes];
            var kind = serving.Plan.Unit == RoutingUnit.User ? EntityKind.User : EntityKind.Item;
            var length = call.FindKey(kind, key);
            return length > 0 ? (serving.Choose(key[..length], out unit), true) : (serving.Stable, false);
        }
        var request = context.Response.Headers[RequestId.Header].ToString();
        // A stream has one for each of its chunks, and they are the same.
        if (!context.Response.HasStarted)
            context.Response.Headers[TrafficRoute.Header] = request;
        return (Choose(serving, request, out unit), true);
    }

    /// <param name="name">Of visible ASCII characters, as the names of requests are.</param>
    private static ServedArm Choose(ServingSet serving, string name, out ulong unit)
    {
        Span<byte> bytes = stackalloc byte[RequestId.Longest];
        return serving.Choose(bytes[..Encoding.ASCII.GetBytes(name, bytes)], out unit);
    }

    private sealed class CallPolicy(bool keepsKeys) : PooledObjectPolicy<PredictionCall>
    {
        public override PredictionCall Create() => new(keepsKeys);

        public override bool Return(PredictionCall call)
        {
            call.Clear();
            return call.IsReusable;
        }
    }
}
