using Plumbline.Datasets.Expectations;

namespace Plumbline.Datasets;

/// <summary>Data that cannot be used. The message is complete for a user: what is wrong, where, and what to do.</summary>
public sealed class DatasetException : Exception
{
    public DatasetException()
    {
    }

    public DatasetException(string message)
        : base(message)
    {
    }

    public DatasetException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What was expected and found, where that is why; else null.</summary>
    public Validated? Validated { get; internal init; }

    /// <summary>Whether others are at work where it should be written.</summary>
    internal bool IsInUse { get; init; }

    /// <summary>What is wrong with one record, without saying where; null where it is not one record that is at fault.</summary>
    internal string? RecordProblem { get; init; }
}
