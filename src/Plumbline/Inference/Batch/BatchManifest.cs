using System.Globalization;
using System.Text.Json.Serialization;

namespace Plumbline.Inference.Batch;

/// <summary>What a run answers, with what, and how far it is: <c>manifest.json</c> of docs/specs/batch-inference.md.</summary>
/// <param name="Rows">Of the whole input; null until its end was read.</param>
internal sealed record BatchManifest(
    int FormatVersion, string Bundle, DateTimeOffset AsOf, string CodeVersion, long? Rows, IReadOnlyList<InputFile> Input, AnsweredOptions Options, IReadOnlyList<ManifestChunk> Chunks)
{
    public const int CurrentVersion = 1;

    /// <summary>What differs in work that is to be the same; null for nothing.</summary>
    public string? DifferenceTo(BatchManifest now)
    {
        if (FormatVersion != now.FormatVersion)
            return $"its manifest has format version {FormatVersion}, this program's is {now.FormatVersion}";
        if (Bundle != now.Bundle)
            return $"the bundle was {Bundle} and is {now.Bundle}";
        if (CodeVersion != now.CodeVersion)
            return $"the program was {CodeVersion} and is {now.CodeVersion}";
        return InputFiles.Difference(Input, now.Input) ?? Options.DifferenceTo(now.Options);
    }
}

internal sealed record ManifestChunk(long Chunk, long Rows, long Errors);

/// <summary>Options that decide what is answered how.</summary>
internal sealed record AnsweredOptions(
    int ChunkRows, AnswerFormat Format, bool Compressed, IReadOnlyList<string> Keep, string? Version, int Explain, int TextLength, string? Text, string? User, string? Item, string? Time, string? Delimiter)
{
    /// <param name="columns">As they were found.</param>
    public static AnsweredOptions Of(BatchOptions options, InputColumns columns) => new(
        options.ChunkRows, options.Format, options.IsCompressed, options.Keep, options.Version, options.Explain, options.TextLength,
        columns.Mapping.Text.Name, columns.Mapping.User?.Name, columns.Mapping.Item?.Name, columns.Mapping.Time?.Name, options.Source.Delimiter?.ToString());

    public long ChunksOf(long rows) => (rows + ChunkRows - 1) / ChunkRows;

    public string? DifferenceTo(AnsweredOptions now)
    {
        (string Name, string Before, string After)[] pairs =
        [
            ("rows of a chunk", ChunkRows.ToString(CultureInfo.InvariantCulture), now.ChunkRows.ToString(CultureInfo.InvariantCulture)),
            ("format", Format.ToString(), now.Format.ToString()), ("compression", Compressed.ToString(), now.Compressed.ToString()),
            ("kept columns", string.Join(", ", Keep), string.Join(", ", now.Keep)), ("version column", $"{Version}", $"{now.Version}"),
            ("explanations", Explain.ToString(CultureInfo.InvariantCulture), now.Explain.ToString(CultureInfo.InvariantCulture)),
            ("text length", TextLength.ToString(CultureInfo.InvariantCulture), now.TextLength.ToString(CultureInfo.InvariantCulture)),
            ("text", $"{Text}", $"{now.Text}"), ("user", $"{User}", $"{now.User}"), ("item", $"{Item}", $"{now.Item}"), ("time", $"{Time}", $"{now.Time}"), ("delimiter", $"{Delimiter}", $"{now.Delimiter}"),
        ];
        return Array.Find(pairs, pair => pair.Before != pair.After) is { Name: { } name, Before: var before, After: var after } ? $"{name} was '{before}' and is '{after}'" : null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(BatchManifest))]
internal sealed partial class BatchManifestJson : JsonSerializerContext;
