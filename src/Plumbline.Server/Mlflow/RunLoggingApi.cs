using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Server.Problems;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary>Those of <c>/mlflow/runs/…</c> that log to a run.</summary>
internal sealed class RunLoggingApi(TrackingStore tracking)
{
    private const int MostItems = 1000;
    private const int MostParams = 100;
    private const int MostTags = 100;
    private const int LargestBatch = 1_000_000;
    private const int ParamLength = 6000;
    private const int TagLength = 8000;

    public void Map(MlflowRoutes routes)
    {
        routes.Map("POST", "runs/log-metric", (request, context) => LogAsync(request, new RunBatch { Metrics = [Metric(request)] }, context));
        routes.Map("POST", "runs/log-parameter", (request, context) => LogAsync(request, new RunBatch { Params = [Pair(request, ParamLength)] }, context));
        routes.Map("POST", "runs/set-tag", (request, context) => LogAsync(request, new RunBatch { Tags = [Pair(request, TagLength)] }, context));
        routes.Map("POST", "runs/log-batch", LogBatchAsync);
        routes.Map("POST", "runs/delete-tag", DeleteTagAsync);
        routes.Map("POST", "runs/log-inputs", LogInputsAsync);
        routes.Map("POST", "runs/outputs", (request, context) => LogAsync(request, new RunBatch { ModelOutputs = Outputs(request) }, context));
        routes.Map("POST", "runs/log-model", LogModelAsync);
    }

    /// <summary>Tags of a run.</summary>
    public static KeyValuePair<string, string>[] Tags(MlflowRequest request) => [.. request.Objects("tags").Select(pair => Pair(pair, TagLength))];

    private async Task<WriteMembers> LogAsync(MlflowRequest request, RunBatch batch, HttpContext context)
    {
        await tracking.LogAsync(request.RunId(), batch, context.RequestAborted);
        return static _ => { };
    }

    private Task<WriteMembers> LogBatchAsync(MlflowRequest request, HttpContext context)
    {
        if (request.Length > LargestBatch)
            throw new ProblemException(MlflowProblem.InvalidParameter($"The batch has {request.Length} bytes; at most {LargestBatch} are taken at once."));
        var batch = new RunBatch
        {
            Metrics = [.. request.Objects("metrics").Select(Metric)],
            Params = [.. request.Objects("params").Select(pair => Pair(pair, ParamLength))],
            Tags = Tags(request),
        };
        Check(request, "metrics", batch.Metrics.Count, MostItems);
        Check(request, "params", batch.Params.Count, MostParams);
        Check(request, "tags", batch.Tags.Count, MostTags);
        Check(request, "metrics, params and tags", batch.Metrics.Count + batch.Params.Count + batch.Tags.Count, MostItems);
        if (batch.Params.CountBy(param => param.Key).FirstOrDefault(key => key.Value > 1).Key is { } twice)
            throw request.Wrong("params", $"has '{Problem.Shorten(twice)}' more than once");
        return LogAsync(request, batch, context);
    }

    private async Task<WriteMembers> DeleteTagAsync(MlflowRequest request, HttpContext context)
    {
        await tracking.DeleteTagAsync(request.RunId(), request.RequiredText("key"), context.RequestAborted);
        return static _ => { };
    }

    private Task<WriteMembers> LogInputsAsync(MlflowRequest request, HttpContext context)
    {
        var batch = new RunBatch
        {
            Datasets = [.. request.Objects("datasets").Select(Dataset)],
            ModelInputs = [.. request.Objects("models").Select(model => model.RequiredText("model_id"))],
        };
        Check(request, "datasets", batch.Datasets.Count, MostItems);
        return LogAsync(request, batch, context);
    }

    private async Task<WriteMembers> LogModelAsync(MlflowRequest request, HttpContext context)
    {
        var text = request.RequiredText("model_json");
        try
        {
            if (JsonNode.Parse(text) is JsonObject model)
            {
                await tracking.LogModelHistoryAsync(request.RunId(), model, context.RequestAborted);
                return static _ => { };
            }
        }
        catch (JsonException)
        {
            // Told below.
        }
        throw request.Wrong("model_json", "must be a JSON object in a string");
    }

    private static KeyValuePair<string, string> Pair(MlflowRequest request, int length) => KeyValuePair.Create(request.RequiredText("key"), Cut(request.Text("value") ?? "", length));

    /// <summary>As MLflow does: its users count on no run failing for a long value.</summary>
    private static string Cut(string value, int length) => value.Length <= length ? value : value[..(char.IsHighSurrogate(value[length - 1]) ? length - 1 : length)];

    private static Metric Metric(MlflowRequest request) => new(
        request.RequiredText("key"), request.RequiredNumber("value"), request.Integer("step") ?? 0, Timestamp(request))
    {
        ModelId = request.Text("model_id") is { Length: > 0 } model ? model : null,
        DatasetName = request.Text("dataset_name"),
        DatasetDigest = request.Text("dataset_digest"),
    };

    private static long Timestamp(MlflowRequest request) => request.Integer("timestamp") switch
    {
        null => throw request.Wrong("timestamp", "is missing"),
        < 0 => throw request.Wrong("timestamp", "is before 1970"),
        { } time => time,
    };

    private static RunDataset Dataset(MlflowRequest input)
    {
        var dataset = input.Object("dataset") ?? throw input.Wrong("dataset", "is missing");
        return new RunDataset(
            dataset.RequiredText("name"), dataset.RequiredText("digest"), dataset.RequiredText("source_type"), dataset.RequiredText("source"), dataset.Text("schema") ?? "", dataset.Text("profile") ?? "")
        {
            Tags = input.Pairs("tags").DistinctBy(tag => tag.Key).ToDictionary(),
        };
    }

    private static ModelOutput[] Outputs(MlflowRequest request) =>
        [.. request.Objects("models").Select(model => new ModelOutput(model.RequiredText("model_id"), model.Integer("step") ?? 0))];

    private static void Check(MlflowRequest request, string name, int count, int most)
    {
        if (count > most)
            throw request.Wrong(name, FormattableString.Invariant($"has {count} items; at most {most} are taken at once"));
    }
}
