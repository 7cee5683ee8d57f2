using Plumbline.Pipelines.Retraining;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>How the retraining of the model is looked after: docs/specs/retraining.md. Immutable.</summary>
public sealed record RetrainingOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    public required RetrainingPlan Plan { get; init; }
}
