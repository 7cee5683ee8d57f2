using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>Requests of all servers by minute, in the metadata store; later by hour. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
public sealed class ServiceWindows(IMetadataStore store, TimeProvider time)
{
    private static readonly TimeSpan AgeOfMinutes = TimeSpan.FromHours(7);
    private static readonly TimeSpan Retention = TimeSpan.FromDays(4);
    private static readonly TimeSpan Latest = TimeSpan.FromMinutes(5);

    private static readonly (string Name, TimeSpan Length)[] Lengths =
        [("5m", TimeSpan.FromMinutes(5)), ("30m", TimeSpan.FromMinutes(30)), ("1h", TimeSpan.FromHours(1)), ("6h", TimeSpan.FromHours(6)), ("3d", TimeSpan.FromDays(3))];

    /// <summary>Keeps minutes of a process, each in the place of what it sent of it before.</summary>
    public Task KeepAsync(string model, string process, IReadOnlyCollection<KeyValuePair<DateTimeOffset, ServiceCounts>> minutes, CancellationToken cancellation = default)
    {
        if (minutes.Count == 0)
            return Task.CompletedTask;
        object?[][] rows = [.. minutes.Select(minute => new object?[] { model, minute.Key.ToUnixTimeMilliseconds(), process, minute.Value.Requests, minute.Value.Failures, string.Join(',', minute.Value.Durations) })];
        return store.WriteConcurrentlyAsync(
            connection => connection.ExecuteEach(
                """
                INSERT INTO service_windows (model, starts_at, process, requests, failures, durations) VALUES (@model, @starts, @process, @requests, @failures, @durations)
                ON CONFLICT (model, starts_at, process) DO UPDATE SET requests = excluded.requests, failures = excluded.failures, durations = excluded.durations
                """,
                ["model", "starts", "process", "requests", "failures", "durations"], rows),
            cancellation);
    }

    /// <summary>What is observed of the requests of all servers of a model now.</summary>
    /// <param name="slo">Share of requests that should be answered without failure.</param>
    public Task<IReadOnlyList<AlertObservation>> ObserveAsync(string model, double slo, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        return store.ReadAsync(
            connection =>
            {
                var sums = Lengths.ToDictionary(length => length.Name, length => Sum(connection, model, now - length.Length), StringComparer.Ordinal);
                return ServiceObservations.Of(sums, Last(connection, model, now - Latest), slo);
            },
            cancellation);
    }

    /// <summary>Minutes that are old become hours, and hours that are older go.</summary>
    public Task MergeOldAsync(string model, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        const long Hour = 3_600_000;
        (string, object?)[] old = [("model", model), ("before", (now - AgeOfMinutes).ToUnixTimeMilliseconds() / Hour * Hour)];
        const string Minutes = "FROM service_windows WHERE model = @model AND process <> '' AND starts_at < @before";
        return store.WriteAsync(
            connection =>
            {
                connection.Execute(
                    $"""
                    INSERT INTO service_windows (model, starts_at, process, requests, failures, durations)
                    SELECT model, starts_at - starts_at % {Hour}, '', CAST(SUM(requests) AS BIGINT), CAST(SUM(failures) AS BIGINT), '' {Minutes} GROUP BY 1, 2
                    ON CONFLICT (model, starts_at, process) DO UPDATE SET requests = service_windows.requests + excluded.requests, failures = service_windows.failures + excluded.failures
                    """,
                    old);
                connection.Execute($"DELETE {Minutes}", old);
                return connection.Execute("DELETE FROM service_windows WHERE model = @model AND starts_at < @before", ("model", model), ("before", (now - Retention).ToUnixTimeMilliseconds()));
            },
            cancellation);
    }

    private static (long Requests, long Failures) Sum(DbConnection connection, string model, DateTimeOffset from) => connection.Query(
        "SELECT CAST(COALESCE(SUM(requests), 0) AS BIGINT), CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM service_windows WHERE model = @model AND starts_at >= @from",
        row => (row.GetInt64(0), row.GetInt64(1)), ("model", model), ("from", from.ToUnixTimeMilliseconds())).Single();

    private static ServiceCounts Last(DbConnection connection, string model, DateTimeOffset from)
    {
        var durations = new long[ServiceCounts.DurationBuckets.Count + 1];
        var (requests, failures) = (0L, 0L);
        foreach (var (text, asked, failed) in connection.Query(
            "SELECT durations, requests, failures FROM service_windows WHERE model = @model AND starts_at >= @from AND process <> ''",
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)), ("model", model), ("from", from.ToUnixTimeMilliseconds())))
        {
            (requests, failures) = (requests + asked, failures + failed);
            var counts = text.Split(',');
            // Another version may have others.
            for (var bucket = 0; counts.Length == durations.Length && bucket < durations.Length; bucket++)
                durations[bucket] += long.Parse(counts[bucket], CultureInfo.InvariantCulture);
        }
        return new ServiceCounts(requests, failures, durations);
    }
}
