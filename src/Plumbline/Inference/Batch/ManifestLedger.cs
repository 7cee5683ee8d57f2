using System.Text.Json;
using Plumbline.Datasets;

namespace Plumbline.Inference.Batch;

/// <summary>Chunks of a run of one process, in a manifest beside them, which is written once the first is done.</summary>
internal sealed class ManifestLedger : IChunkLedger
{
    private const string File = "manifest.json";

    private readonly OutputPlace _place;
    private readonly SortedDictionary<long, ManifestChunk> _done = [];
    private readonly Lock _gate = new();
    private BatchManifest _manifest;

    private ManifestLedger(OutputPlace place, BatchManifest manifest)
    {
        (_place, _manifest) = (place, manifest);
        foreach (var chunk in manifest.Chunks)
            _done[chunk.Chunk] = chunk;
    }

    public long Token => 0;

    /// <summary>As of which rows without time are answered.</summary>
    public DateTimeOffset AsOf => _manifest.AsOf;

    public BatchCounts Counts
    {
        get
        {
            lock (_gate)
                return new BatchCounts(_done.Values.Sum(chunk => chunk.Rows), _done.Values.Sum(chunk => chunk.Errors));
        }
    }

    /// <param name="manifest">What is to be done, with no chunk of it.</param>
    /// <exception cref="DatasetException">Something else was begun at this place.</exception>
    public static async Task<ManifestLedger> OpenAsync(OutputPlace place, BatchManifest manifest, CancellationToken stop)
    {
        if (await place.ReadAsync(File, stop).ConfigureAwait(false) is not { } bytes)
            return new ManifestLedger(place, manifest);
        BatchManifest? found = null;
        try
        {
            found = JsonSerializer.Deserialize(bytes, BatchManifestJson.Default.BatchManifest);
        }
        catch (JsonException)
        {
        }
        var difference = found is null ? "its manifest cannot be read" : found.DifferenceTo(manifest);
        return difference is null
            ? new ManifestLedger(place, found!)
            : throw new DatasetException($"{place.Name}{OutputPlace.PartsSuffix} holds other work that was interrupted: {difference}. Begin anew with --restart, or name another output");
    }

    public Task<ChunkClaim> ClaimAsync(long from, CancellationToken stop)
    {
        lock (_gate)
        {
            var chunks = _manifest.Rows is { } rows ? _manifest.Options.ChunksOf(rows) : long.MaxValue;
            if (_done.Count == chunks)
                return Task.FromResult(new ChunkClaim(null, IsComplete: true));
            while (_done.ContainsKey(from))
                from++;
            return Task.FromResult(new ChunkClaim(from < chunks ? from : null, IsComplete: false));
        }
    }

    public Task EndAsync(long rows, CancellationToken stop)
    {
        // It is durable with the next chunk, or found again.
        lock (_gate)
            _manifest = _manifest with { Rows = rows };
        return Task.CompletedTask;
    }

    public async Task<BatchCounts> CompleteAsync(DoneChunk chunk, CancellationToken stop)
    {
        BatchManifest manifest;
        lock (_gate)
        {
            _done[chunk.Chunk] = new ManifestChunk(chunk.Chunk, chunk.Rows, chunk.Errors);
            manifest = _manifest = _manifest with { Chunks = [.. _done.Values] };
        }
        var file = _place.NewFile();
        await System.IO.File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(manifest, BatchManifestJson.Default.BatchManifest), stop).ConfigureAwait(false);
        await _place.PutAsync(File, file, stop).ConfigureAwait(false);
        return Counts;
    }

    public Task<IReadOnlyList<DoneChunk>> ListAsync(CancellationToken stop)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<DoneChunk>>([.. _done.Values.Select(chunk => new DoneChunk(chunk.Chunk, Token, chunk.Rows, chunk.Errors))]);
    }
}
