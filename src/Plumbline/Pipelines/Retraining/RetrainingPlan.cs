using Plumbline.Datasets;
using Plumbline.Pipelines.Training;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Retraining;

/// <summary>What a process knows of a project's retraining.</summary>
/// <param name="Data">Where records come from; null where the project names none.</param>
/// <param name="Training">What a run does where nothing else is said.</param>
public sealed record RetrainingPlan(Home Home, RetrainingPolicy Policy, IngestOptions? Data, TrainingParameters Training, PipelineCatalogue Catalogue);
