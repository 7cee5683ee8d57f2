using System.Text.Json.Serialization;
using Plumbline.Inference.Batch;

namespace Plumbline.Server.BatchJobs;

/// <summary>A job as it is shown.</summary>
internal sealed record ShownBatchJob(
    string Id, BatchJobState State, string Version, string Bundle, string Input, string Output, DateTimeOffset Created, DateTimeOffset? Ended, long Rows, long Errors, long Chunks, long? ChunksTotal,
    double RowsPerSecond, int Workers, string? Fault)
{
    public static ShownBatchJob Of(BatchJob job, DateTimeOffset now) => new(
        job.Id, job.State, job.Definition.Version, job.Definition.Bundle, job.Definition.Input, job.Definition.Output, job.Created, job.Ended, job.Rows, job.Errors, job.Chunks, job.ChunksTotal,
        Math.Round(job.RowsPerSecond(now), 1), job.Workers, job.Fault);
}

internal sealed record ShownBatchJobs(IReadOnlyList<ShownBatchJob> Jobs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(StateConverter)])]
[JsonSerializable(typeof(ShownBatchJob))]
[JsonSerializable(typeof(ShownBatchJobs))]
internal sealed partial class ShownBatchJobJson : JsonSerializerContext
{
    private sealed class StateConverter() : JsonStringEnumConverter<BatchJobState>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
}
