using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Pipelines;

/// <summary>Requests of contests in the metadata store. Thread-safe.</summary>
public sealed class ContestStore(IMetadataStore store, TimeProvider time)
{
    /// <summary>Keeps the request under its name; the last one of a name counts.</summary>
    public Task SaveAsync(ContestRequest request, CancellationToken cancellation = default)
    {
        var json = JsonSerializer.Serialize(request, ContestJson.Default.ContestRequest);
        return store.WriteAsync(
            connection => connection.Execute(
                "INSERT INTO contests (name, request, creation_time) VALUES (@name, @request, @now) ON CONFLICT (name) DO UPDATE SET request = @request",
                ("name", request.Name), ("request", json), ("now", time.GetUtcNow().ToUnixTimeMilliseconds())),
            cancellation);
    }

    /// <summary>The contest of this name, or of the study of this name.</summary>
    /// <exception cref="MetadataException">NotFound: there is none.</exception>
    public async Task<(string Name, ContestRequest Request)> GetAsync(string name, CancellationToken cancellation = default)
    {
        var found = await store.ReadAsync(
            connection => connection.Query(
                "SELECT name, request FROM contests WHERE name = @name OR substr(@name, 1, length(name) + 1) = name || '/' ORDER BY length(name) DESC",
                row => (Name: row.GetString(0), Json: row.GetString(1)), ("name", name)),
            cancellation).ConfigureAwait(false);
        return found.Count == 0
            ? throw new MetadataException(MetadataError.NotFound, $"There is no contest or study '{MetadataText.Quote(name)}'. plumbline studies list shows them.")
            : (found[0].Name, JsonSerializer.Deserialize(found[0].Json, ContestJson.Default.ContestRequest)!);
    }
}
