using Plumbline.Datasets;
using Plumbline.Registry;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>Does work and tells of it: that it began, and how it ended. Without an emitter it only does it.</summary>
public static class TrackedWork
{
    /// <param name="name">Of the data set, as the job has it.</param>
    public static async Task<Snapshot> IngestAsync(OpenLineageEmitter? emitter, string name, IngestOptions options, OpenLineageRun? parent, Func<Snapshot> ingest)
    {
        var run = emitter?.Begin($"{name}.ingest", "INGEST", null, parent, OpenLineageDatasets.OfOptions(options.Source));
        return await TellAsync(
            run, () => Task.FromResult(ingest()),
            snapshot => (OpenLineageDatasets.OfSources(snapshot), [OpenLineageDatasets.OfSnapshot(snapshot, DataSet(snapshot, name), emitter!.Options.Namespace, isOutput: true)])).ConfigureAwait(false);
    }

    /// <summary>Ingest and training as two runs, the latter with the id of the tracked run, under one.</summary>
    /// <param name="train">Is given the snapshot and what to call with the run's id once there is a run.</param>
    public static async Task<(Snapshot Snapshot, TrainingResult Result)> TrainAsync(
        OpenLineageEmitter? emitter, string experiment, IngestOptions options, Func<Snapshot> ingest, Func<Snapshot, Action<string>, Task<TrainingResult>> train)
    {
        var whole = emitter?.Begin($"{experiment}.pipeline", "PIPELINE", null, null, OpenLineageDatasets.OfOptions(options.Source));
        return await TellAsync(
            whole,
            async () =>
            {
                var snapshot = await IngestAsync(emitter, experiment, options, whole, ingest).ConfigureAwait(false);
                return (snapshot, await FitAsync(emitter, experiment, whole, snapshot, train).ConfigureAwait(false));
            },
            made => (null, [OpenLineageDatasets.OfBundle(experiment, made.Item2.BundleDigest, emitter!.Options.Namespace)])).ConfigureAwait(false);
    }

    /// <param name="name">Of the model.</param>
    /// <param name="bundle">Digest.</param>
    public static Task<T> EvaluateAsync<T>(OpenLineageEmitter? emitter, string name, string bundle, IngestOptions options, Func<Task<T>> evaluate)
    {
        var run = emitter?.Begin(
            $"{name}.evaluate", "EVALUATE", null, null, [.. OpenLineageDatasets.OfOptions(options.Source), OpenLineageDatasets.OfBundle(name, bundle, emitter.Options.Namespace)]);
        return TellAsync(run, evaluate, _ => (null, []));
    }

    /// <summary>Moves an alias, or refuses to.</summary>
    /// <param name="to">The version.</param>
    /// <param name="isMoved">Whether the alias is the version now.</param>
    public static Task<T> PromoteAsync<T>(OpenLineageEmitter? emitter, ModelVersion to, string alias, Func<Task<T>> promote, Func<T, bool> isMoved)
    {
        var run = emitter?.Begin(
            $"{to.Name}.promote", "PROMOTE", null, null, to.BundleDigest is { } bundle ? [OpenLineageDatasets.OfBundle(to.Name, bundle, emitter.Options.Namespace)] : []);
        return TellAsync(run, promote, done => (null, isMoved(done) ? [OpenLineageDatasets.OfAlias(to.Name, alias, to.Version, emitter!.Options.Namespace)] : []));
    }

    /// <summary>A training of a snapshot that is there.</summary>
    /// <param name="train">Is given what to call with the run's id once there is a run.</param>
    public static Task<TrainingResult> FitAsync(OpenLineageEmitter? emitter, string experiment, Snapshot snapshot, Func<Action<string>, Task<TrainingResult>> train) =>
        FitAsync(emitter, experiment, null, snapshot, (_, begun) => train(begun));

    private static async Task<TrainingResult> FitAsync(
        OpenLineageEmitter? emitter, string experiment, OpenLineageRun? parent, Snapshot snapshot, Func<Snapshot, Action<string>, Task<TrainingResult>> train)
    {
        OpenLineageRun? run = null;
        OpenLineageDataset[] inputs = emitter is null ? [] : [OpenLineageDatasets.OfSnapshot(snapshot, DataSet(snapshot, experiment), emitter.Options.Namespace, isOutput: false)];
        void Begun(string id) => run = emitter?.Begin($"{experiment}.train", "TRAIN", Guid.ParseExact(id, "N"), parent, inputs);
        return await TellAsync(
            () => run, () => train(snapshot, Begun), result => (null, [OpenLineageDatasets.OfBundle(experiment, result.BundleDigest, emitter!.Options.Namespace)])).ConfigureAwait(false);
    }

    private static string DataSet(Snapshot snapshot, string otherwise) => snapshot.Validated?.Result.Meta.DataSet ?? otherwise;

    private static Task<T> TellAsync<T>(OpenLineageRun? run, Func<Task<T>> work, Func<T, (IReadOnlyList<OpenLineageDataset>? Inputs, IReadOnlyList<OpenLineageDataset> Outputs)> describe) => TellAsync(() => run, work, describe);

    private static async Task<T> TellAsync<T>(Func<OpenLineageRun?> run, Func<Task<T>> work, Func<T, (IReadOnlyList<OpenLineageDataset>? Inputs, IReadOnlyList<OpenLineageDataset> Outputs)> describe)
    {
        T done;
        try
        {
            done = await work().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            run()?.Fail(exception);
            throw;
        }
        if (run() is { } told)
        {
            var (inputs, outputs) = describe(done);
            told.Complete(inputs, outputs);
        }
        return done;
    }
}
