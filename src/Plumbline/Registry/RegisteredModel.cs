namespace Plumbline.Registry;

/// <summary>A name under which versions are numbered.</summary>
/// <param name="CreationTime">Unix ms.</param>
/// <param name="LastVersion">The greatest number given out.</param>
/// <param name="Aliases">Alias → version.</param>
public sealed record RegisteredModel(string Name, string Description, long CreationTime, long LastVersion, IReadOnlyDictionary<string, long> Aliases);
