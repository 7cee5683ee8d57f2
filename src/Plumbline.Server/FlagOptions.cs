using Plumbline.Inference.Flags;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>Which feature flags a server goes by: docs/specs/flags.md. Immutable.</summary>
public sealed record FlagOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer. Null: there is none.</summary>
    public Func<IMetadataStore>? Open { get; init; }

    /// <summary>By name: what holds of a flag that the store does not have.</summary>
    public IReadOnlyDictionary<string, FlagDefinition> Defaults { get; init; } = new Dictionary<string, FlagDefinition>();

    /// <summary>File that keeps what the store had last; null keeps nothing.</summary>
    public string? LastKnown { get; init; }

    /// <summary>Between looks at the store.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);
}
