namespace Plumbline.Registry;

/// <summary>What retention does with a version.</summary>
/// <param name="Reason">Why it stays or goes.</param>
public sealed record PrunedVersion(ModelVersion Version, bool Removed, string Reason);
