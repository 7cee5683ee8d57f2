namespace Plumbline.Storage.Artifacts;

/// <summary>A file of an open tree, or a folder of files.</summary>
/// <param name="Blob">Null for a folder.</param>
public sealed record ArtifactFile(string Name, Blob? Blob);
