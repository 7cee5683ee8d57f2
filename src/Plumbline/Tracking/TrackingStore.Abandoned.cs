using Plumbline.Storage;

namespace Plumbline.Tracking;

public sealed partial class TrackingStore
{
    /// <summary>Begins to say that the process of a run lives; it ends when disposed, after the run.</summary>
    public Task<RunHeartbeat> KeepAliveAsync(string runId, CancellationToken cancellation = default) => RunHeartbeat.StartAsync(new LeaseStore(store, time), runId, time, cancellation);

    /// <summary>Ends runs as killed, at their last sign of life, of which nothing was heard for ten minutes though they were kept alive: their process died.</summary>
    /// <returns>How many.</returns>
    public Task<int> EndAbandonedAsync(CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            (string, object?)[] silent = [("prefix", RunHeartbeat.Prefix), ("now", Now)];
            const string Over = "substr(name, 1, length(@prefix)) = @prefix AND ends_at <= @now";
            var ended = connection.Execute(
                $"""
                UPDATE runs SET status = 'killed', end_time = (SELECT ends_at FROM leases WHERE name = @prefix || run_id) - @silence
                WHERE status = 'running' AND run_id IN (SELECT substr(name, length(@prefix) + 1) FROM leases WHERE {Over})
                """,
                [.. silent, ("silence", (long)RunHeartbeat.LongestSilence.TotalMilliseconds)]);
            connection.Execute($"DELETE FROM leases WHERE {Over}", silent);
            return ended;
        },
        cancellation);
}
