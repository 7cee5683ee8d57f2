using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Schedules;

/// <summary>Schedules of a project in the metadata store. Thread-safe. What is changed by hand is in the audit log.</summary>
/// <exception cref="MetadataException">NotFound: there is no such schedule.</exception>
public sealed class ScheduleStore(IMetadataStore store, string project, TimeProvider time)
{
    private const int NameLength = 100;

    // A scheduler that lives is no later.
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Keeps a schedule under its name. One that is there as it is stays untouched; one with other times is due anew from now on.</summary>
    /// <exception cref="ArgumentException">Cron expression or time zone cannot be read, or it never occurs.</exception>
    public Task<StoredSchedule> SetAsync(PipelineSchedule schedule, string actor, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("schedule name", schedule.Name, NameLength);
        var next = schedule.Times().Next(time.GetUtcNow()) ?? throw new ArgumentException($"cron: '{schedule.Cron}' never occurs.");
        var json = JsonSerializer.Serialize(schedule, ScheduleJson.Default.PipelineSchedule);
        return store.WriteAsync(
            connection =>
            {
                var known = List(connection, schedule.Name).SingleOrDefault();
                if (known is not null && JsonSerializer.Serialize(known.Schedule, ScheduleJson.Default.PipelineSchedule) == json)
                    return known;
                var isSameTime = known is not null && known.Schedule.Cron == schedule.Cron && known.Schedule.TimeZone == schedule.TimeZone;
                connection.Execute(
                    """
                    INSERT INTO pipeline_schedules (project, name, pipeline, definition, paused, next_at, fault, creation_time) VALUES (@project, @name, @pipeline, @definition, 0, @next, '', @now)
                    ON CONFLICT (project, name) DO UPDATE SET pipeline = @pipeline, definition = @definition, next_at = @next, fault = ''
                    """,
                    ("project", project), ("name", schedule.Name), ("pipeline", schedule.Pipeline), ("definition", json), ("next", (isSameTime ? known!.Next : next).ToUnixTimeMilliseconds()), ("now", Now));
                Tell(connection, actor, "schedule.set", schedule.Name, new JsonObject { ["pipeline"] = schedule.Pipeline, ["cron"] = schedule.Cron, ["time_zone"] = schedule.TimeZone });
                return List(connection, schedule.Name).Single();
            },
            cancellation);
    }

    /// <summary>By name.</summary>
    public Task<IReadOnlyList<StoredSchedule>> ListAsync(CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<StoredSchedule>>(connection => List(connection, null), cancellation);

    public Task<StoredSchedule> GetAsync(string name, CancellationToken cancellation = default) => store.ReadAsync(connection => Require(connection, name), cancellation);

    /// <summary>Lets it start nothing until it is resumed. What it misses meanwhile is never caught up with.</summary>
    public Task<StoredSchedule> PauseAsync(string name, bool paused, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var found = Require(connection, name);
            if (found.IsPaused == paused)
                return found;
            var next = found.Schedule.Times().Next(time.GetUtcNow()) ?? found.Next;
            connection.Execute(
                "UPDATE pipeline_schedules SET paused = @paused, next_at = @next WHERE project = @project AND name = @name",
                ("paused", paused ? 1L : 0L), ("next", next.ToUnixTimeMilliseconds()), ("project", project), ("name", name));
            Tell(connection, actor, paused ? "schedule.paused" : "schedule.resumed", name, []);
            return Require(connection, name);
        },
        cancellation);

    public Task RemoveAsync(string name, string actor, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            Require(connection, name);
            connection.Execute("DELETE FROM pipeline_schedules WHERE project = @project AND name = @name", ("project", project), ("name", name));
            Tell(connection, actor, "schedule.removed", name, []);
            return true;
        },
        cancellation);

    /// <summary>Says when it is due next; without effect where another said so meanwhile.</summary>
    internal Task MoveOnAsync(StoredSchedule schedule, DateTimeOffset next, string fault, CancellationToken cancellation) => store.WriteAsync(
        connection => connection.Execute(
            "UPDATE pipeline_schedules SET next_at = @next, fault = @fault WHERE project = @project AND name = @name AND next_at = @seen",
            ("next", next.ToUnixTimeMilliseconds()), ("fault", fault), ("project", project), ("name", schedule.Schedule.Name), ("seen", schedule.Next.ToUnixTimeMilliseconds())),
        cancellation);

    private StoredSchedule Require(DbConnection connection, string name) => List(connection, name).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no schedule '{MetadataText.Quote(name)}'. plumbline pipelines schedule list shows them.");

    private List<StoredSchedule> List(DbConnection connection, string? name)
    {
        var now = time.GetUtcNow();
        var stored = connection.Query(
            $"SELECT definition, paused, next_at, fault FROM pipeline_schedules WHERE project = @project {(name is null ? "" : "AND name = @name")} ORDER BY name",
            row => new StoredSchedule(
                JsonSerializer.Deserialize(row.GetString(0), ScheduleJson.Default.PipelineSchedule)!, row.GetInt64(1) != 0, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), row.GetString(3)),
            ("project", project), ("name", name));
        if (!stored.Exists(IsLate))
            return stored;
        var holder = (string?)connection.Scalar(
            "SELECT holder FROM leases WHERE name = @lease AND ends_at > @now", ("lease", PipelineScheduler.LeaseOf(project)), ("now", now.ToUnixTimeMilliseconds()));
        return [.. stored.Select(schedule => IsLate(schedule) ? schedule with { WhyNotYet = WhyLate(schedule, holder) } : schedule)];

        bool IsLate(StoredSchedule schedule) => !schedule.IsPaused && now - schedule.Next > Late;
    }

    private static string WhyLate(StoredSchedule schedule, string? holder) => FormattableString.Invariant(
        $"due since {schedule.Next:yyyy-MM-dd HH:mm}Z, and {(holder is null ? "nobody schedules: start plumbline worker" : $"{holder}, which schedules, has not the code of {schedule.Schedule.Pipeline} or does not get on")}");

    private void Tell(DbConnection connection, string actor, string action, string name, JsonObject detail)
    {
        EventLog.Append(connection, Now, actor, action, name, detail);
        ChangeSignal.Send(connection);
    }
}
