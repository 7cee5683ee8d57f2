using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Inference.Batch;
using Plumbline.Server.Problems;

namespace Plumbline.Server.BatchJobs;

/// <summary>The body of <c>POST /v1/batch-jobs</c>.</summary>
internal sealed record BatchJobRequest(
    string? Input, string? Output, string? Format, BatchColumns? Columns, string? Delimiter, string[]? Keep, bool? VersionColumn, string? Version, JsonElement? MaxErrors)
{
    /// <exception cref="ProblemException">It does not follow the interface.</exception>
    public static BatchJobRequest Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, BatchJobRequestJson.Default.BatchJobRequest) ?? throw new ProblemException(Problem.InvalidRequest("$", "must be an object, not null"));
        }
        // What is no JSON at all comes from the reader within.
        catch (JsonException exception) when (exception.Path is { } path && exception.InnerException is not JsonException)
        {
            throw new ProblemException(Problem.InvalidRequest(path, "is of another type than it must be, or there twice"));
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
    }

    /// <summary>Format of the answers.</summary>
    public AnswerFormat AnswerFormat => Format is null ? AnswerFormats.Of(Output!)
        : Enum.TryParse<AnswerFormat>(Format, ignoreCase: true, out var format) && !int.TryParse(Format, out _) ? format
        : throw new ProblemException(Problem.InvalidRequest("$.format", "must be csv, jsonl or parquet"));

    /// <summary>As <see cref="ErrorLimit"/> reads it; null for none.</summary>
    public string? Limit
    {
        get
        {
            if (MaxErrors is not { ValueKind: not JsonValueKind.Null } given)
                return null;
            var text = given.ValueKind == JsonValueKind.String ? given.GetString()! : given.GetRawText();
            return ErrorLimit.TryParse(text, out _) ? text : throw new ProblemException(Problem.InvalidRequest("$.max_errors", "must be a number of rows, or a share such as \"2%\""));
        }
    }

    /// <exception cref="ProblemException">A value is missing or out of its range.</exception>
    public void Check()
    {
        const int LongestPath = 4096;
        foreach (var (path, value) in new[] { ("$.input", Input), ("$.output", Output) })
        {
            if (string.IsNullOrWhiteSpace(value) || value.Length > LongestPath)
                throw new ProblemException(Problem.InvalidRequest(path, "must be a path or an address such as s3://bucket/key"));
        }
        if (Delimiter is not null && Delimiter is not [not ('"' or '\r' or '\n' or '\0' or > '\x7E')])
            throw new ProblemException(Problem.InvalidRequest("$.delimiter", "must be one ASCII character, and neither a quote nor a line break"));
        if (Keep?.Any(string.IsNullOrEmpty) == true)
            throw new ProblemException(Problem.InvalidRequest("$.keep", "must hold names of columns"));
        _ = (AnswerFormat, Limit);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(BatchJobRequest))]
internal sealed partial class BatchJobRequestJson : JsonSerializerContext;
