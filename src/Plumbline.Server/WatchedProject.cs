using Plumbline.Pipelines.Workers;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>What a worker tells of besides itself: how its project stands. Immutable.</summary>
/// <param name="Store">Stays its owner's, and must outlive the server.</param>
/// <param name="Model">Whose retraining it is.</param>
public sealed record WatchedProject(IMetadataStore Store, PipelineCatalogue Pipelines, string Model);
