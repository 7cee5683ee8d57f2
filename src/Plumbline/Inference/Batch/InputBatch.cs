using Plumbline.Datasets.Sources;

namespace Plumbline.Inference.Batch;

/// <summary>Consecutive rows of a chunk, of one file. Immutable; safe to read from several threads.</summary>
/// <param name="Chunk">Number of the chunk.</param>
/// <param name="FirstRow">0-based over the whole input.</param>
/// <param name="File">For messages.</param>
/// <param name="Faults">Of rows that cannot be answered, in order; their fields are missing.</param>
/// <param name="Fields">Null only for the end of a chunk, which has no rows of its own.</param>
internal sealed record InputBatch(long Chunk, long FirstRow, string File, IReadOnlyList<RowFault> Faults, FieldBatch? Fields)
{
    public int Count => Fields?.Count ?? 0;

    /// <summary>What stands behind the last rows of a chunk.</summary>
    public static InputBatch End(long chunk) => new(chunk, 0, "", [], null);
}
