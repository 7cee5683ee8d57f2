using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Schedules;

/// <summary>When a pipeline is run by itself. Immutable.</summary>
/// <param name="Name">Of the schedule.</param>
/// <param name="Pipeline">Name.</param>
/// <param name="Cron">Five fields, or <c>@daily</c> and the like.</param>
public sealed record PipelineSchedule(string Name, string Pipeline, string Cron)
{
    /// <summary>IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";

    public CatchUp CatchUp { get; init; } = CatchUp.Latest;

    /// <summary>Of each run.</summary>
    public JsonObject Parameters { get; init; } = [];

    /// <exception cref="ArgumentException">Cron expression or time zone cannot be read.</exception>
    public CronTimes Times() => new(Cron, TimeZone);
}

/// <summary>What becomes of occurrences that were missed.</summary>
public enum CatchUp
{
    /// <summary>They are left out.</summary>
    None,

    /// <summary>The last one is run.</summary>
    Latest,

    /// <summary>Each is run.</summary>
    All,
}

/// <summary>A schedule as the store has it.</summary>
/// <param name="Next">When it is due; the past where a scheduler is late, or there is none.</param>
/// <param name="Fault">Why the last occurrence could not be run; else empty.</param>
public sealed record StoredSchedule(PipelineSchedule Schedule, bool IsPaused, DateTimeOffset Next, string Fault)
{
    /// <summary>Why it was not run though it has been due for more than a minute; null where it has not.</summary>
    public string? WhyNotYet { get; init; }

    /// <summary>As JSON, for people and programs.</summary>
    public JsonObject ToJson()
    {
        var json = (JsonObject)JsonSerializer.SerializeToNode(Schedule, ScheduleJson.Default.PipelineSchedule)!;
        json["paused"] = IsPaused;
        json["next"] = Next;
        json["fault"] = Fault;
        json["why_not_yet"] = WhyNotYet;
        return json;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WordConverter<CatchUp>)])]
[JsonSerializable(typeof(PipelineSchedule))]
internal sealed partial class ScheduleJson : JsonSerializerContext;
