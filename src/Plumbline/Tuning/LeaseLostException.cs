namespace Plumbline.Tuning;

/// <summary>The lease under which a trial was run is over; perhaps another worker has it now, so nothing was stored.</summary>
public sealed class LeaseLostException : Exception
{
    public LeaseLostException()
    {
    }

    public LeaseLostException(string message)
        : base(message)
    {
    }

    public LeaseLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
