using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Server;

/// <summary>Where feedback goes, and what it is joined with: docs/specs/prediction-log.md. Immutable.</summary>
public sealed record FeedbackOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    /// <summary>Folder of the prediction logs of this host.</summary>
    public required string Predictions { get; init; }

    /// <summary>Opens the artifact store in which predictions of other hosts are looked for; the server disposes it. Null: nowhere.</summary>
    public Func<SharedArtifacts>? Artifacts { get; init; }

    /// <summary>How long feedback is left to the host that made its prediction; null: 15 seconds.</summary>
    internal TimeSpan? Patience { get; init; }

    /// <summary>How long feedback waits for its prediction, and is kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);
}
