using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>Where feedback goes, and what it is joined with: docs/specs/prediction-log.md. Immutable.</summary>
public sealed record FeedbackOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    /// <summary>Folder of the prediction logs of this host.</summary>
    public required string Predictions { get; init; }

    /// <summary>How long feedback waits for its prediction, and is kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);
}
