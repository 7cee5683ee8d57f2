using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Inference.Flags;

/// <summary>The flags of a metadata store at one revision, also as a file: with it a server starts while the store is gone.</summary>
/// <param name="Revision">Number of the last change of any flag; 0 before the first.</param>
/// <param name="Flags">By name.</param>
public sealed record KnownFlags(long Revision, IReadOnlyDictionary<string, StoredFlag> Flags)
{
    public static KnownFlags None { get; } = new(0, new Dictionary<string, StoredFlag>());

    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string file) => AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, this, FlagJson.Of<KnownFlags>()));

    /// <returns>Null where there is none that can be read.</returns>
    public static KnownFlags? TryRead(string file)
    {
        try
        {
            var known = JsonSerializer.Deserialize(File.ReadAllBytes(file), FlagJson.Of<KnownFlags>());
            foreach (StoredFlag? flag in known?.Flags.Values ?? [])
                (flag?.Definition ?? throw new JsonException("A flag is an object, not null.")).Validate();
            return known;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or MetadataException)
        {
            return null;
        }
    }
}

/// <param name="Revision">Number of its last change, among those of all flags; 0: it is not in the store, and <paramref name="Definition"/> is what holds without.</param>
public sealed record StoredFlag(FlagDefinition Definition, long Revision);
