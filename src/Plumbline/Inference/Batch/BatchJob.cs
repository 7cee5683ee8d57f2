using System.Text.Json.Serialization;

namespace Plumbline.Inference.Batch;

/// <summary>How a job stands; each but the first is its end.</summary>
public enum BatchJobState
{
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>A job as the store has it.</summary>
/// <param name="Fault">Why it failed.</param>
/// <param name="Rows">That were answered or have an error.</param>
/// <param name="Chunks">That are done.</param>
/// <param name="ChunksTotal">Null until the end of the input was read.</param>
/// <param name="Workers">That hold a lease of it now.</param>
public sealed record BatchJob(
    string Id, BatchJobState State, BatchJobDefinition Definition, string? Fault, DateTimeOffset Created, DateTimeOffset? Started, DateTimeOffset? Ended, long Rows, long Errors, long Chunks, long? ChunksTotal, int Workers)
{
    /// <summary>Since somebody began with it; 0 before.</summary>
    public double RowsPerSecond(DateTimeOffset now)
    {
        var elapsed = (Ended ?? now) - (Started ?? now);
        return elapsed > TimeSpan.Zero ? Rows / elapsed.TotalSeconds : 0;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(BatchJobDefinition))]
internal sealed partial class BatchJobJson : JsonSerializerContext;
