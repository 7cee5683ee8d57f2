namespace Plumbline.Storage.Artifacts;

/// <summary>An object that is there.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Written">By the clock of the store.</param>
internal readonly record struct StoredObject(long Size, DateTimeOffset Written);

/// <summary>An object or a folder in a folder.</summary>
/// <param name="Name">Without those of the folders above.</param>
/// <param name="Object">Null for a folder.</param>
internal readonly record struct ObjectEntry(string Name, StoredObject? Object);

/// <param name="Next">Gives the page after; null at the end.</param>
internal sealed record ObjectPage(IReadOnlyList<ObjectEntry> Entries, string? Next);
