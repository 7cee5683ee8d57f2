namespace Plumbline.Registry.Evidence;

/// <summary>Something was not measured, or what was measured is gone. The message says what, and how to get it.</summary>
internal sealed class MissingEvidenceException : Exception
{
    public MissingEvidenceException(string message)
        : base(message)
    {
    }

    public MissingEvidenceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
