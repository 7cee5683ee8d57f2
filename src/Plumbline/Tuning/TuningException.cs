namespace Plumbline.Tuning;

/// <summary>A study that cannot go on. The message is complete for a user: what is wrong, where, and what to do.</summary>
public sealed class TuningException : Exception
{
    public TuningException()
    {
    }

    public TuningException(string message)
        : base(message)
    {
    }

    public TuningException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
