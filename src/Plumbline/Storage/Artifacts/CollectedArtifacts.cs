namespace Plumbline.Storage.Artifacts;

/// <summary>What a collection removed, or would.</summary>
public sealed record CollectedArtifacts(int Blobs, long Bytes, int Uploads);
