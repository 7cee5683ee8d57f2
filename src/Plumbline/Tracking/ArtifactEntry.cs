namespace Plumbline.Tracking;

/// <summary>A file or folder among artifacts.</summary>
/// <param name="Size">Bytes; null for a folder.</param>
public sealed record ArtifactEntry(string Name, long? Size);
