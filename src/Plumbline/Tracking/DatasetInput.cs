namespace Plumbline.Tracking;

/// <summary>A snapshot that a run read.</summary>
/// <param name="SnapshotDigest">SHA-256, 64 lower-case hex digits.</param>
/// <param name="Context">What for, such as <c>training</c>.</param>
public sealed record DatasetInput(string SnapshotDigest, string Context);
