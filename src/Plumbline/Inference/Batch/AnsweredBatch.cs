namespace Plumbline.Inference.Batch;

/// <summary>Rows with their answers. Immutable.</summary>
/// <param name="Chosen">Index of each row's label; −1 where there is no answer.</param>
/// <param name="Probabilities">One a label, row-major; not set where there is no answer.</param>
/// <param name="Faults">Of the rows without an answer, in order.</param>
/// <param name="Text">The rows as they are written; empty for Parquet.</param>
internal sealed record AnsweredBatch(InputBatch Input, int[] Chosen, float[] Probabilities, IReadOnlyList<RowFault> Faults, ReadOnlyMemory<byte> Text);
