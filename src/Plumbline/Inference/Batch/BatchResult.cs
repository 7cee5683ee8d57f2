namespace Plumbline.Inference.Batch;

/// <summary>What a run came to.</summary>
/// <param name="Rows">Of the output.</param>
/// <param name="Errors">Rows without an answer.</param>
/// <param name="Resumed">Rows that an earlier run had answered.</param>
/// <param name="Inputs">What the answers of this run did without.</param>
public sealed record BatchResult(long Rows, long Errors, long Resumed, RecordInputs Inputs);
