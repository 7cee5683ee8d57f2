namespace Plumbline.Inference.Batch;

/// <summary>How far a run is.</summary>
/// <param name="Rows">That were answered or have an error, those of earlier runs included.</param>
/// <param name="Share">Of the input, 0 to 1; of one that is read again to where it was left, how far that is.</param>
public readonly record struct BatchProgress(long Rows, long Errors, double Share);
