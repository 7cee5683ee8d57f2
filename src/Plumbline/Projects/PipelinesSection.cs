using System.Text.Json.Nodes;
using Plumbline.Pipelines.Retention;
using Plumbline.Pipelines.Schedules;

namespace Plumbline.Projects;

/// <summary>Reads <c>pipelines</c>.</summary>
internal static class PipelinesSection
{
    public static (IReadOnlyList<PipelineSchedule> Schedules, RunRetention Retention) Read(YamlSection pipelines, List<string> keys)
    {
        PipelineSchedule[] schedules = [.. pipelines.Sections("schedules").Select(schedule => ReadSchedule(schedule, keys))];
        var retention = ReadRetention(pipelines.Section("retention"), keys);
        pipelines.Finish(keys);
        if (schedules.CountBy(schedule => schedule.Name, StringComparer.Ordinal).FirstOrDefault(count => count.Value > 1) is { Key: not null } twice)
            throw pipelines.Error("schedules", $"has the name '{Storage.MetadataText.Quote(twice.Key)}' {twice.Value} times; every schedule needs its own");
        return (schedules, retention);
    }

    private static RunRetention ReadRetention(YamlSection retention, List<string> keys)
    {
        var defaults = new RunRetention();
        var read = defaults with { Keep = retention.Number<int>("keep") ?? defaults.Keep, KeepDays = retention.Number<double>("keep_days") ?? defaults.KeepDays };
        retention.Finish(keys);
        try
        {
            read.Validate();
        }
        catch (ArgumentException exception)
        {
            throw retention.Error($"cannot be used: {retention.Path}.{exception.Message}");
        }
        return read;
    }

    private static PipelineSchedule ReadSchedule(YamlSection schedule, List<string> keys)
    {
        var read = new PipelineSchedule(
            schedule.Text("name") ?? throw schedule.Error("name", "is missing; every schedule needs a name"),
            schedule.Text("pipeline") ?? throw schedule.Error("pipeline", "is missing; say what is run, such as training"),
            schedule.Text("cron") ?? throw schedule.Error("cron", "is missing; say when, such as 0 3 * * *"));
        read = read with
        {
            TimeZone = schedule.Text("time_zone") ?? read.TimeZone,
            CatchUp = schedule.Choice<CatchUp>("catch_up") ?? read.CatchUp,
            Parameters = new JsonObject(schedule.JsonOfEach("parameters")),
        };
        schedule.Finish(keys);
        try
        {
            read.Times();
        }
        catch (ArgumentException exception)
        {
            throw schedule.Error($"cannot be used: {exception.Message.TrimEnd('.')}");
        }
        return read;
    }
}
