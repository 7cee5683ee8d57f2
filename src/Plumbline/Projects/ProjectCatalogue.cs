using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Training;
using Plumbline.Pipelines.Workers;
using Plumbline.Rollouts;
using Plumbline.Storage;

namespace Plumbline.Projects;

/// <summary>The pipelines of a project.</summary>
public static class ProjectCatalogue
{
    /// <param name="events">Told of what they do; null: nobody.</param>
    public static PipelineCatalogue Of(Project project, Home home, OpenLineageEmitter? events = null) =>
        new(TrainingGraph.Create(new TrainingPlan(home, project.Data, TrainingOf(project), events)));

    /// <summary>What a run of <c>training</c> does where it is told nothing else.</summary>
    public static TrainingParameters TrainingOf(Project project) => new()
    {
        Model = project.Model,
        Experiment = project.Name,
        // Threads are the worker's, and no part of what is asked for.
        Training = project.Training with { Threads = 1 },
        Gates = project.Gates,
        Rollout = project.Rollout is { } template ? (JsonObject)JsonSerializer.SerializeToNode(template, RolloutJson.Default.RolloutTemplate)! : null,
    };

    /// <summary>How the model is retrained; without a section <c>retraining</c> only a person begins.</summary>
    /// <param name="catalogue">The project's.</param>
    public static RetrainingPlan RetrainingOf(Project project, Home home, PipelineCatalogue catalogue) =>
        new(home, project.Retraining ?? new RetrainingPolicy { Mode = RetrainingMode.Off }, project.Data, TrainingOf(project), catalogue);
}
