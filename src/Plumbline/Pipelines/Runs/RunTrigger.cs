using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Pipelines.Runs;

/// <summary>Who or what began a run.</summary>
/// <param name="Actor">Who, for people and the audit log.</param>
/// <param name="Reason">Why; may be empty.</param>
public sealed record RunTrigger(TriggerKind Kind, string Actor, string Reason)
{
    internal string ToJson() => JsonSerializer.Serialize(this, RunJson.Default.RunTrigger);

    internal static RunTrigger Parse(string json) => JsonSerializer.Deserialize(json, RunJson.Default.RunTrigger)!;
}

public enum TriggerKind
{
    Manual,
    Schedule,
    Backfill,
    Drift,
    Quality,
    Data,
}

/// <summary>The time that a run is about.</summary>
/// <param name="Until">Exclusive.</param>
public sealed record RunInterval(DateTimeOffset From, DateTimeOffset Until);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WordConverter<TriggerKind>)])]
[JsonSerializable(typeof(RunTrigger))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class RunJson : JsonSerializerContext;
