using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>Where a server tells what its versions are asked and answer: docs/specs/drift.md. Immutable.</summary>
public sealed record DriftOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    /// <summary>Between one telling and the next; they happen at multiples of it.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Of how long the metrics tell.</summary>
    public TimeSpan Span { get; init; } = TimeSpan.FromHours(1);
}
