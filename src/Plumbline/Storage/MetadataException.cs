namespace Plumbline.Storage;

/// <summary>A metadata operation that could not be done; the message says what, where and what to do, and may be shown to users.</summary>
public class MetadataException(MetadataError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public MetadataError Error { get; } = error;
}

/// <summary>What was to be changed has another revision by now than its caller saw.</summary>
public sealed class RevisionException(string message) : MetadataException(MetadataError.Conflict, message);
