using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>What was found last of each version: one server finds it, under a lease, and all others read it. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
public sealed class MonitorReports(IMetadataStore store, TimeProvider time)
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    /// <returns>Null where nothing was found yet, or by a program whose reports are not known here.</returns>
    public Task<MonitorReport?> FindAsync(string version, CancellationToken cancellation = default) => store.ReadAsync(
        connection => connection.Scalar("SELECT report FROM monitor_reports WHERE version = @version", ("version", version)) is string report ? TryParse(report) : null, cancellation);

    /// <summary>Keeps a report in the place of the last one, and forgets those of versions that nobody has served for long.</summary>
    /// <param name="lease">Token of the lease under which it was made.</param>
    /// <returns>False where the lease is over: another one works at it.</returns>
    public Task<bool> KeepAsync(MonitorReport report, long lease, CancellationToken cancellation = default)
    {
        var json = JsonSerializer.Serialize(report, QualityJson.Default.MonitorReport);
        return store.WriteAsync(
            connection =>
            {
                var now = time.GetUtcNow();
                if (!LeaseStore.IsHeld(connection, lease, now))
                    return false;
                connection.Execute("DELETE FROM monitor_reports WHERE report_time < @before", ("before", (now - Retention).ToUnixTimeMilliseconds()));
                return connection.Execute(
                    """
                    INSERT INTO monitor_reports (version, lease, report_time, report) VALUES (@version, @lease, @time, @report)
                    ON CONFLICT (version) DO UPDATE SET lease = excluded.lease, report_time = excluded.report_time, report = excluded.report
                    """,
                    ("version", report.Version), ("lease", lease), ("time", report.Time.ToUnixTimeMilliseconds()), ("report", json)) == 1;
            },
            cancellation);
    }

    private static MonitorReport? TryParse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, QualityJson.Default.MonitorReport);
        }
        catch (JsonException)
        {
            // Of another build, which servers may be while they are replaced one by one.
            return null;
        }
    }
}
