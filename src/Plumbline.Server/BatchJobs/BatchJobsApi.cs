using System.Buffers;
using System.Security.Cryptography;
using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Inference.Batch;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Server.BatchJobs;

/// <summary><c>/v1/batch-jobs</c>: docs/specs/batch-inference.md.</summary>
/// <remarks>Of the model that is served here: what others serve is no business of who has a key here.</remarks>
/// <param name="runner">Null where there is no state folder for jobs.</param>
internal sealed class BatchJobsApi(BatchJobRunner? runner, BatchJobOptions? jobs, ServerState state, AccessGate gate, ServerOptions options, TimeProvider time)
{
    private const string Path = "/v1/batch-jobs";
    private const string OnePath = Path + "/{id}";
    private const string CancelPath = OnePath + "/cancel";
    private const string KeyHeader = "Idempotency-Key";

    public void Map(IEndpointRouteBuilder routes, ServerMetrics metrics)
    {
        routes.MapPost(Path, context => AnswerAsync(context, CreateAsync)).WithMetadata(metrics.ForRoute(Path, HttpMethods.Post));
        routes.MapGet(Path, context => AnswerAsync(context, ListAsync)).WithMetadata(metrics.ForRoute(Path, HttpMethods.Get));
        routes.MapGet(OnePath, context => AnswerAsync(context, ShowAsync)).WithMetadata(metrics.ForRoute(OnePath, HttpMethods.Get));
        routes.MapPost(CancelPath, context => AnswerAsync(context, CancelAsync)).WithMetadata(metrics.ForRoute(CancelPath, HttpMethods.Post));
        routes.MapDelete(OnePath, context => AnswerAsync(context, DeleteAsync)).WithMetadata(metrics.ForRoute(OnePath, HttpMethods.Delete));
    }

    private async Task AnswerAsync(HttpContext context, Func<HttpContext, BatchJobRunner, CancellationToken, Task> answer)
    {
        if (runner is null)
            throw new ProblemException(Problem.NoBatchJobs());
        var deadline = new Deadline(time, options.Timeout);
        using var timer = deadline.Timer();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        AuditOrigin.Current = AuditOrigin.Of("http", context.Connection.RemoteIpAddress?.ToString(), gate.NameOf(context));
        try
        {
            await answer(context, runner, either.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(Problem.Timeout(deadline.Limit));
        }
        catch (MetadataException exception)
        {
            throw ProblemException.OfStore(Problem.OfStore(exception), exception);
        }
        catch (PathRefusedException exception)
        {
            throw new ProblemException(Problem.PathRefused(exception.Message));
        }
        catch (Exception exception) when (exception is DatasetException or BundleException)
        {
            throw new ProblemException(Problem.BatchInput(exception.Message));
        }
    }

    private async Task CreateAsync(HttpContext context, BatchJobRunner runner, CancellationToken cancellation)
    {
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, new Deadline(time, options.Timeout));
        if (!runner.Paths.AllowsAny)
            throw new ProblemException(Problem.PathRefused("This server allows no paths. List the folders and s3://bucket/prefix/ addresses that jobs may use under server.batch_paths of its plumbline.yaml."));
        var request = BatchJobRequest.Read(body.WrittenSpan);
        request.Check();
        var digest = Convert.ToHexStringLower(SHA256.HashData(body.WrittenSpan));
        var key = context.Request.Headers.TryGetValue(KeyHeader, out var sent) ? sent.ToString() : null;
        var store = await runner.OpenAsync(cancellation);
        var job = (key is null ? null : await store.FindAsync(runner.Model, key, digest, cancellation)) ?? await TakeAsync(context, request, digest, key, store, runner, cancellation);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location = $"{Path}/{job.Id}";
        await WriteAsync(context, job);
    }

    private async Task<BatchJob> TakeAsync(HttpContext context, BatchJobRequest request, string digest, string? key, BatchJobStore store, BatchJobRunner runner, CancellationToken cancellation)
    {
        var definition = await DefineAsync(request, runner, cancellation);
        await runner.RequireFreeAsync(store, definition, cancellation);
        return await store.CreateAsync(definition, digest, key, Actor(context), cancellation);
    }

    private async Task ListAsync(HttpContext context, BatchJobRunner runner, CancellationToken cancellation)
    {
        var found = await (await runner.OpenAsync(cancellation)).ListAsync(runner.Model, cancellation);
        var now = time.GetUtcNow();
        await context.Response.WriteAsJsonAsync(new ShownBatchJobs([.. found.Select(job => ShownBatchJob.Of(job, now))]), ShownBatchJobJson.Default.ShownBatchJobs, cancellationToken: cancellation);
    }

    private async Task ShowAsync(HttpContext context, BatchJobRunner runner, CancellationToken cancellation) =>
        await WriteAsync(context, await FindAsync(context, await runner.OpenAsync(cancellation), runner, cancellation));

    private async Task CancelAsync(HttpContext context, BatchJobRunner runner, CancellationToken cancellation)
    {
        var store = await runner.OpenAsync(cancellation);
        var job = await FindAsync(context, store, runner, cancellation);
        await WriteAsync(context, await store.CancelAsync(job.Id, Actor(context), cancellation));
    }

    private async Task DeleteAsync(HttpContext context, BatchJobRunner runner, CancellationToken cancellation)
    {
        var store = await runner.OpenAsync(cancellation);
        var job = await store.DeleteAsync((await FindAsync(context, store, runner, cancellation)).Id, Actor(context), cancellation);
        // Its output stays; what is left of a job that ended early goes.
        if (job.State != BatchJobState.Completed)
        {
            runner.Paths.Check("output", job.Definition.Output);
            await runner.ClearAsync(store, job, cancellation);
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task<BatchJob> FindAsync(HttpContext context, BatchJobStore store, BatchJobRunner runner, CancellationToken cancellation)
    {
        var id = (string)context.GetRouteValue("id")!;
        var job = await store.GetAsync(id, cancellation);
        return job.Definition.Model == runner.Model ? job : throw BatchJobStore.NotFound(id);
    }

    private string Actor(HttpContext context) => gate.NameOf(context) ?? "http";

    private Task WriteAsync(HttpContext context, BatchJob job) =>
        context.Response.WriteAsJsonAsync(ShownBatchJob.Of(job, time.GetUtcNow()), ShownBatchJobJson.Default.ShownBatchJob);

    private async Task<BatchJobDefinition> DefineAsync(BatchJobRequest request, BatchJobRunner runner, CancellationToken cancellation)
    {
        var (input, output) = (runner.Paths.Check("input", request.Input!), runner.Paths.Check("output", request.Output!));
        var (version, bundle) = await VersionAsync(request, cancellation);
        var definition = new BatchJobDefinition(
            runner.Model, version, bundle, input, output, request.AnswerFormat, request.Columns ?? new BatchColumns(null, null, null, null), request.Delimiter, request.Keep ?? [],
            request.VersionColumn ?? false, request.Limit, options.Limits.TextLength, [], runner.Host)
        {
            TraceParent = Spans.TraceParent,
        };
        var path = await jobs!.Locate(definition, cancellation);
        return await Task.Run(
            () =>
            {
                runner.Paths.Check(definition.ToOptions(jobs.S3, jobs.Retry));
                using var predictor = definition.Load(path);
                return definition.Inspect(predictor, jobs.S3, jobs.Retry, jobs.Usual, cancellation);
            },
            cancellation);
    }

    private async Task<(string Version, string Bundle)> VersionAsync(BatchJobRequest request, CancellationToken cancellation)
    {
        if (request.Version is { } named)
        {
            if (options.ModelName is null || !(named.StartsWith(options.ModelName + "/", StringComparison.Ordinal) || named.StartsWith(options.ModelName + "@", StringComparison.Ordinal)))
                throw new ProblemException(Problem.InvalidRequest("$.version", options.ModelName is { } model ? $"must be a version of {model}, such as {model}/3" : "cannot be chosen: a bundle is served by its digest"));
            return await jobs!.Resolve(named, cancellation);
        }
        var serving = state.Enter() ?? throw new ProblemException(Problem.NotReady());
        try
        {
            var model = serving.Stable.Generation.Model;
            return (model.Version, model.Predictor.Digest);
        }
        finally
        {
            serving.Leave();
        }
    }
}
