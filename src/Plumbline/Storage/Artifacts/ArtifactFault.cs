namespace Plumbline.Storage.Artifacts;

/// <summary>A blob that is not what it should be.</summary>
/// <param name="Problem">Such as that it is missing.</param>
/// <param name="IsDamaged">Whether it is there, and wrong.</param>
/// <param name="NamedBy">Trees and files.</param>
public sealed record ArtifactFault(Blob Blob, string Problem, bool IsDamaged, IReadOnlyList<string> NamedBy);
