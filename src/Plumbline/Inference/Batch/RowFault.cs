namespace Plumbline.Inference.Batch;

/// <summary>Why a row cannot be answered.</summary>
/// <param name="Record">Of its batch, from 0.</param>
/// <param name="Column">Null for the row as a whole.</param>
/// <param name="Detail">Without what the row says.</param>
internal sealed record RowFault(int Record, string? Column, RowFaultReason Reason, string Detail);

/// <summary>Kinds of faults, as files of errors name them.</summary>
internal enum RowFaultReason
{
    Unreadable,
    TextTooLong,
    WrongType,

    /// <summary>By this model.</summary>
    Unanswerable,
}
