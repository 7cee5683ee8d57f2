namespace Plumbline.Storage;

/// <summary>A metadata operation that could not be done; the message says what, where and what to do, and may be shown to users.</summary>
public sealed class MetadataException(MetadataError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public MetadataError Error { get; } = error;
}
