using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Plumbline.Server.Hosting;
using Plumbline.Server.OpenInference.Wire;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.OpenInference;

/// <summary>The Open Inference Protocol over gRPC: docs/specs/open-inference.md. Thread-safe.</summary>
internal sealed class OpenInferenceService(ServerState state, PredictionApi predictions, ServerOptions options, int port, ServerMetrics metrics, TimeProvider time)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    /// <summary>Clear text tells HTTP/1.1 and HTTP/2 apart by the port alone.</summary>
    public void Configure(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.ParseAddress(), port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc(grpc =>
        {
            (grpc.MaxReceiveMessageSize, grpc.MaxSendMessageSize) = (options.Limits.BodyBytes, null);
            // In the place of those that know no limit.
            grpc.CompressionProviders = [new BoundedGzip(options.Limits.BodyBytes)];
        });
        // What fails is counted and logged here, as it is over HTTP.
        builder.Logging.AddFilter("Grpc", LogLevel.None);
    }

    public void Map(WebApplication app)
    {
        app.MapGrpcService<OpenInferenceService>().Add(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } path })
                endpoint.Metadata.Add(metrics.ForRoute(path, HttpMethods.Post));
            endpoint.Metadata.Add(new MessageLimitOnly());
            var answer = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = async context =>
            {
                await answer(context);
                TellUnreadable(context);
            };
        });
    }

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) => Task.FromResult(new ServerLiveResponse { Live = true });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) => Task.FromResult(new ServerReadyResponse { Ready = state.IsReady });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) => AnswerAsync(context, _ =>
        Task.FromResult(new ModelReadyResponse { Ready = ServedTensors.IsReady(state, request.Name, VersionOf(request.Version)) }));

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = ServedTensors.Server, Version = ServerMetrics.ProductVersion, Extensions = { ServedTensors.Extensions } });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) => AnswerAsync(context, _ =>
    {
        var described = ServedTensors.Describe(state, request.Name, VersionOf(request.Version));
        return Task.FromResult(new ModelMetadataResponse
        {
            Name = described.Name,
            Versions = { described.Versions },
            Platform = described.Platform,
            Inputs = { described.Inputs.Select(MessageOf) },
            Outputs = { described.Outputs.Select(MessageOf) },
        });
    });

    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) => AnswerAsync(context, async http =>
    {
        var call = predictions.Rent();
        try
        {
            var read = MessageInferRequest.Read(request, call.Body);
            call.Protocol = read;
            await predictions.AnswerAsync(http, call, read.Read, new Deadline(time, LimitOf(context)));
            return read.Response!;
        }
        finally
        {
            predictions.Return(call);
        }
    });

    private static string? VersionOf(string version) => version.Length == 0 ? null : version;

    private static ModelMetadataResponse.Types.TensorMetadata MessageOf(DescribedTensor tensor) => new() { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape } };

    /// <summary>The caller's deadline, where it is sooner.</summary>
    private TimeSpan LimitOf(ServerCallContext context)
    {
        if (context.Deadline == DateTime.MaxValue)
            return options.Timeout;
        var left = context.Deadline - time.GetUtcNow().UtcDateTime;
        return left < options.Timeout ? left : options.Timeout;
    }

    /// <summary>Has the call answered, and turns whatever goes wrong into a status.</summary>
    private async Task<T> AnswerAsync<T>(ServerCallContext context, Func<HttpContext, Task<T>> answer)
    {
        var http = context.GetHttpContext();
        try
        {
            return await answer(http);
        }
        catch (ProblemException exception)
        {
            throw Fail(http, exception.Problem);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            throw Fail(http, Problem.Internal(), exception);
        }
    }

    /// <summary>What fails before a method is called, and has no status of its own, is a message that is none.</summary>
    private void TellUnreadable(HttpContext context)
    {
        // An answer without a message has its status in the headers.
        var status = context.Response.HasStarted ? context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : context.Response.Headers;
        if (status is null || status["grpc-status"] != $"{(int)StatusCode.Unknown}")
            return;
        var problem = Problem.InvalidRequest("The message", "cannot be read as that of the method");
        metrics.Failed(problem.Kind);
        context.Features.Set(new ReportedProblem(problem));
        (status["grpc-status"], status["grpc-message"]) = ($"{(int)GrpcProblem.CodeOf(problem)}", problem.Detail);
    }

    /// <summary>The limit of a message holds, and is told as gRPC tells it; that of a body would break the connection off.</summary>
    private sealed class MessageLimitOnly : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => null;
    }

    private RpcException Fail(HttpContext http, Problem problem, Exception? failure = null)
    {
        metrics.Failed(problem.Kind);
        http.Features.Set(new ReportedProblem(problem, failure));
        return new RpcException(new Status(GrpcProblem.CodeOf(problem), problem.Detail));
    }
}
