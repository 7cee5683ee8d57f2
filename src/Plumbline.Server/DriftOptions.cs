using Plumbline.Monitoring;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>Where a server tells what its versions are asked and answer: docs/specs/drift.md. Immutable.</summary>
public sealed record DriftOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    /// <summary>Between one telling and the next; they happen at multiples of it.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Of how long is told what drifted.</summary>
    public TimeSpan Span { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Of how long is told how right answers were; labels come late.</summary>
    public TimeSpan QualitySpan { get; init; } = TimeSpan.FromDays(7);

    /// <summary>From when on what is found asks for a successor.</summary>
    public DriftProfile Profile { get; init; } = DriftProfile.Default;
}
