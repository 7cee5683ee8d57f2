namespace Plumbline.Bundles;

/// <summary>A bundle that cannot be used: damaged, truncated, of a newer format, or wrong in its self-check; or one that cannot be exported. The message is complete for a user.</summary>
public sealed class BundleException : Exception
{
    public BundleException()
    {
    }

    public BundleException(string message)
        : base(message)
    {
    }

    public BundleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
