using Plumbline.Datasets;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Training;

/// <summary>What a process knows of a project's training.</summary>
/// <param name="Home">Where snapshots, bundles and runs are.</param>
/// <param name="Data">Where records come from; null where the project names none, so that runs need a snapshot.</param>
/// <param name="Defaults">Of a run's parameters.</param>
/// <param name="Events">Told of ingests, trainings and promotions; null: nobody.</param>
public sealed record TrainingPlan(Home Home, IngestOptions? Data, TrainingParameters Defaults, OpenLineageEmitter? Events = null);
