using System.Buffers;
using Microsoft.Extensions.ObjectPool;
using Plumbline.Server.Hosting;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>
/// <c>POST /predict</c> and <c>POST /batch_predict</c>. Raw request delegates: binding and serialising a small object costs several times what
/// the prediction itself does.
/// </summary>
internal sealed class PredictionApi(ServerState state, ServerOptions options, RequestIds ids, TimeProvider time)
{
    private readonly DefaultObjectPool<PredictionCall> _calls = new(new CallPolicy());

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapPost("/predict", Predict).WithMetadata(metrics.ForRoute("/predict", HttpMethods.Post));
        routes.MapPost("/batch_predict", BatchPredict).WithMetadata(metrics.ForRoute("/batch_predict", HttpMethods.Post));
    }

    private Task Predict(HttpContext context) => AnswerAsync(context, PredictRequestReader.Read);

    private Task BatchPredict(HttpContext context) => AnswerAsync(context, BatchRequestReader.Read);

    private async Task AnswerAsync(HttpContext context, ReadRequest read)
    {
        var deadline = new Deadline(time, options.Timeout);
        var model = state.Model ?? throw new ProblemException(Problem.NotReady());
        RequestBody.CheckMediaType(context.Request);
        var call = _calls.Get();
        try
        {
            await RequestBody.ReadAsync(context.Request, call.Body, deadline);
            call.Read(model, read, options.Limits);
            if (model.Aggregates is { } aggregates)
                await call.FetchAsync(aggregates, time.GetUtcNow(), context.RequestAborted);
            call.Complete(model, ids, deadline);
            model.Metrics.Count(call.Request, call.Answer);
            model.Aggregates?.Record(model.Version, context.Response.Headers[RequestId.Header].ToString(), call.Answer, call.Aggregates);

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

    private sealed class CallPolicy : PooledObjectPolicy<PredictionCall>
    {
        public override PredictionCall Create() => new();

        public override bool Return(PredictionCall call)
        {
            call.Clear();
            return call.IsReusable;
        }
    }
}
