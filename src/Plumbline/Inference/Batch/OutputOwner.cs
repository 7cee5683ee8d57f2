using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Inference.Batch;

/// <summary>Who writes an output: a process alone, or the workers of a job together.</summary>
/// <param name="Job">Null for a process alone.</param>
/// <param name="HasEndedAsync">Whether a job is known here, and does not run any more.</param>
internal sealed record OutputOwner(string? Job, Func<string, CancellationToken, Task<bool>> HasEndedAsync)
{
    public static OutputOwner Process { get; } = new(null, (_, _) => Task.FromResult(false));

    /// <summary>As others are told of it.</summary>
    public byte[] ToJson(long beats) => JsonSerializer.SerializeToUtf8Bytes(new OutputHolder($"{Environment.MachineName}:{Environment.ProcessId}", beats, Job), OutputHolderJson.Default.OutputHolder);

    /// <summary>Whether a holder need not be heeded: a worker of the same job.</summary>
    public bool IsOf(OutputHolder? other) => Job is not null && other?.Job == Job;

    public static DatasetException InUse(string output, OutputHolder? other) => new($"{output} is being written by {Who(other)}. Wait for it, or name another output") { IsInUse = true };

    public static OutputHolder? Read(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, OutputHolderJson.Default.OutputHolder);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Who(OutputHolder? other) => other switch
    {
        null or { Holder: "" } => "another process",
        { Job: { } job } => $"batch job {MetadataText.Quote(job)} ({MetadataText.Quote(other.Holder)})",
        _ => $"another process ({MetadataText.Quote(other.Holder)})",
    };
}

/// <param name="Holder">Host and process, for people.</param>
/// <param name="Beats">Since it is held.</param>
/// <param name="Job">Whose workers hold it; null: none.</param>
internal sealed record OutputHolder(string Holder, long Beats, string? Job = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(OutputHolder))]
internal sealed partial class OutputHolderJson : JsonSerializerContext;
