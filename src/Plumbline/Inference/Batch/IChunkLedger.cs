namespace Plumbline.Inference.Batch;

/// <summary>
/// Says which chunk is answered next, and keeps which are done. Thread-safe. What is done is durable; what was claimed and is not done is free again when
/// its holder is gone.
/// </summary>
internal interface IChunkLedger
{
    /// <summary>Part of the names of what is written under it, so that what a late holder writes has another.</summary>
    long Token { get; }

    /// <summary>Claims a chunk: the first that is free from <paramref name="from"/> on, else the first before it.</summary>
    Task<ChunkClaim> ClaimAsync(long from, CancellationToken stop);

    /// <summary>The input has so many rows; chunks behind them are not to be done.</summary>
    Task EndAsync(long rows, CancellationToken stop);

    /// <summary>A claimed chunk is written.</summary>
    /// <returns>Counts over all chunks that are done.</returns>
    /// <exception cref="Tuning.LeaseLostException">The claim is over: the chunk is another's.</exception>
    Task<BatchCounts> CompleteAsync(DoneChunk chunk, CancellationToken stop);

    /// <summary>All that are done, in order.</summary>
    Task<IReadOnlyList<DoneChunk>> ListAsync(CancellationToken stop);
}

/// <param name="Chunk">Null where none is free now.</param>
/// <param name="IsComplete">All are done.</param>
internal readonly record struct ChunkClaim(long? Chunk, bool IsComplete);

/// <param name="Token">That it was written under.</param>
internal sealed record DoneChunk(long Chunk, long Token, long Rows, long Errors)
{
    /// <summary>Name of the file of its answers, or of its errors.</summary>
    public string Part(string extension) => FormattableString.Invariant($"{Chunk:00000000}-{Token}.{extension}");
}

/// <param name="Rows">That were answered or have an error.</param>
public readonly record struct BatchCounts(long Rows, long Errors);
