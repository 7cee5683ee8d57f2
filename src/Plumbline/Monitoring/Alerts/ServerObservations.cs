using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>What each server has observed of itself last, in the metadata store, so that the one that evaluates knows it of all. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
internal sealed class ServerObservations(IMetadataStore store, TimeProvider time)
{
    /// <summary>A server that has told nothing for so long is gone.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>Replaces what a server told before.</summary>
    public Task KeepAsync(string model, string process, IReadOnlyList<AlertObservation> observations, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        object?[][] rows = [.. observations.Select(observed => new object?[] { model, process, observed.Name, JsonSerializer.Serialize(observed.Labels, AlertJson.Default.IReadOnlyDictionaryStringString), observed.Value, now })];
        return store.WriteConcurrentlyAsync(
            connection => connection.ExecuteEach(
                """
                INSERT INTO alert_observations (model, process, name, labels, value, observed_at) VALUES (@model, @process, @name, @labels, @value, @now)
                ON CONFLICT (model, process, name, labels) DO UPDATE SET value = excluded.value, observed_at = excluded.observed_at
                """,
                ["model", "process", "name", "labels", "value", "now"], rows),
            cancellation);
    }

    /// <summary>Of all servers of a model that live.</summary>
    public Task<IReadOnlyList<AlertObservation>> ReadAsync(string model, CancellationToken cancellation) => store.ReadAsync<IReadOnlyList<AlertObservation>>(
        connection => connection.Query(
            "SELECT name, labels, value FROM alert_observations WHERE model = @model AND observed_at >= @since",
            row => new AlertObservation(row.GetString(0), JsonSerializer.Deserialize(row.GetString(1), AlertJson.Default.IReadOnlyDictionaryStringString)!, row.GetDouble(2)),
            ("model", model), ("since", (time.GetUtcNow() - Lifetime).ToUnixTimeMilliseconds())),
        cancellation);

    /// <summary>Removes what servers told that are gone.</summary>
    public Task PruneAsync(string model, CancellationToken cancellation) => store.WriteAsync(
        connection => connection.Execute(
            "DELETE FROM alert_observations WHERE model = @model AND observed_at < @before", ("model", model), ("before", (time.GetUtcNow() - (10 * Lifetime)).ToUnixTimeMilliseconds())),
        cancellation);
}
