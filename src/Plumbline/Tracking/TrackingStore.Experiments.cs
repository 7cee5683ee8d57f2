using Plumbline.Storage;

namespace Plumbline.Tracking;

public sealed partial class TrackingStore
{
    /// <inheritdoc cref="CreateExperimentAsync(NewExperiment, CancellationToken)"/>
    public Task<Experiment> CreateExperimentAsync(string name, CancellationToken cancellation = default) =>
        CreateExperimentAsync(new NewExperiment { Name = name }, cancellation);

    /// <exception cref="MetadataException">Conflict: an experiment of this name exists, perhaps deleted.</exception>
    public Task<Experiment> CreateExperimentAsync(NewExperiment experiment, CancellationToken cancellation = default)
    {
        ExperimentRows.Check(experiment);
        return store.WriteAsync(
            connection =>
            {
                ExperimentRows.RequireFree(connection, experiment.Name);
                return ExperimentRows.Insert(connection, experiment, Now);
            },
            cancellation);
    }

    /// <summary>The experiment of this name, made if absent.</summary>
    public Task<Experiment> EnsureExperimentAsync(string name, CancellationToken cancellation = default)
    {
        ExperimentRows.CheckName(name);
        return store.WriteAsync(connection => ExperimentRows.Find(connection, name) ?? ExperimentRows.Insert(connection, new NewExperiment { Name = name }, Now), cancellation);
    }

    public Task<Experiment> GetExperimentAsync(long id, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => ExperimentRows.Get(connection, id), cancellation);

    /// <summary>Null if there is none, active or deleted.</summary>
    public Task<Experiment?> FindExperimentAsync(string name, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => ExperimentRows.Find(connection, name), cancellation);

    /// <summary>By id.</summary>
    public Task<IReadOnlyList<Experiment>> ListExperimentsAsync(CancellationToken cancellation = default) =>
        store.ReadAsync(ExperimentRows.All, cancellation);

    /// <exception cref="MetadataException">Invalid: filter, order, limit or page token are wrong.</exception>
    public Task<ExperimentPage> SearchExperimentsAsync(ExperimentQuery query, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => ExperimentRows.Page(connection, query), cancellation);

    /// <exception cref="MetadataException">Conflict: another has the name. Invalid: it is deleted.</exception>
    public Task<Experiment> RenameExperimentAsync(long id, string name, CancellationToken cancellation = default)
    {
        ExperimentRows.CheckName(name);
        return store.WriteAsync(
            connection =>
            {
                var experiment = ExperimentRows.Get(connection, id);
                if (experiment.Name == name)
                    return experiment;
                if (experiment.Stage == LifecycleStage.Deleted)
                    throw new MetadataException(MetadataError.Invalid, $"Experiment {id} is deleted; restore it before it gets another name.");
                ExperimentRows.RequireFree(connection, name);
                connection.Execute("UPDATE experiments SET name = @name, last_update_time = @now WHERE experiment_id = @id", ("name", name), ("now", Now), ("id", id));
                return ExperimentRows.Get(connection, id);
            },
            cancellation);
    }

    /// <summary>Deletes or restores an experiment; its runs keep their own stage.</summary>
    /// <exception cref="MetadataException">Invalid: experiment 0 always exists.</exception>
    public Task<Experiment> SetExperimentStageAsync(long id, LifecycleStage stage, CancellationToken cancellation = default)
    {
        if (id == 0 && stage == LifecycleStage.Deleted)
            throw new MetadataException(MetadataError.Invalid, "Experiment 0 is where runs go that name none, and cannot be deleted.");
        return store.WriteAsync(
            connection =>
            {
                connection.Execute(
                    "UPDATE experiments SET lifecycle_stage = @stage, last_update_time = @now WHERE experiment_id = @id AND lifecycle_stage <> @stage",
                    ("stage", TrackingNames.Of(stage)), ("now", Now), ("id", id));
                return ExperimentRows.Get(connection, id);
            },
            cancellation);
    }

    public Task SetExperimentTagAsync(long id, string key, string value, CancellationToken cancellation = default)
    {
        KeyValuePair<string, string>[] tags = [new(key, value)];
        KeyedTexts.CheckTags(tags);
        return store.WriteAsync(
            connection =>
            {
                ExperimentRows.RequireActive(connection, id);
                KeyedTexts.Put(connection, ExperimentRows.TagsTable, ExperimentRows.IdColumn, id, tags);
                return true;
            },
            cancellation);
    }

    /// <exception cref="MetadataException">NotFound: no such experiment or tag.</exception>
    public Task DeleteExperimentTagAsync(long id, string key, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            ExperimentRows.RequireActive(connection, id);
            KeyedTexts.Remove(connection, ExperimentRows.TagsTable, ExperimentRows.IdColumn, id, FormattableString.Invariant($"Experiment {id}"), key);
            return true;
        },
        cancellation);
}
