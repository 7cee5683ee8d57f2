using Plumbline.Datasets;
using Plumbline.Datasets.Generation;
using Plumbline.Pipelines;
using Plumbline.Registry.Evidence;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

[assembly: AssemblyFixture(typeof(Plumbline.Tests.Registry.Gates.TrainedPair))]

namespace Plumbline.Tests.Registry.Gates;

/// <summary>Two trainings on one snapshot, for tests that leave them as they are.</summary>
public sealed class TrainedPair : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SqliteMetadataStore _store = null!;

    internal TrainingResult Strong { get; private set; } = null!;

    internal TrainingResult Weak { get; private set; } = null!;

    private Home Home => new(_folder.Path);

    private TrackingStore Tracking => new(_store, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);
        var source = _folder.File("reviews.csv");
        await using (var stream = File.Create(source))
            await new ReviewGenerator(new ReviewGeneratorOptions { Rows = 1200, Seed = 3 }).WriteCsvAsync(stream, 2);
        var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = source } }, Home);
        Strong = await TrainAsync(snapshot, 500);
        Weak = await TrainAsync(snapshot, 20);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    /// <param name="without">Files of its run that are not there.</param>
    internal async Task<ModelEvidence> EvidenceAsync(TrainingResult result, params string[] without)
    {
        var run = await Tracking.GetRunAsync(result.RunId);
        if (without.Length == 0)
            return new ModelEvidence(Home, "reviews/1", result.Bundle, run);
        var copy = CopyRun(result);
        foreach (var file in without)
            File.Delete(Path.Combine(copy.Runs, run.Id, file));
        return new ModelEvidence(copy, "reviews/1", result.Bundle, run);
    }

    /// <param name="rows">In place of those of its run.</param>
    internal async Task<ModelEvidence> EvidenceAsync(TrainingResult result, RowPredictions rows)
    {
        var copy = CopyRun(result);
        AtomicFile.Write(Path.Combine(copy.Runs, result.RunId, RowPredictions.FileName), rows.Write);
        return new ModelEvidence(copy, "reviews/1", result.Bundle, await Tracking.GetRunAsync(result.RunId));
    }

    private Home CopyRun(TrainingResult result)
    {
        var copy = new Home(_folder.File(Guid.NewGuid().ToString("N")));
        Directory.CreateDirectory(Path.Combine(copy.Runs, result.RunId));
        foreach (var file in Directory.GetFiles(result.Artifacts))
            File.Copy(file, Path.Combine(copy.Runs, result.RunId, Path.GetFileName(file)));
        return copy;
    }

    private Task<TrainingResult> TrainAsync(Snapshot snapshot, int maxFeatures) => new TrainingPipeline(Home, Tracking, _store, TimeProvider.System).RunAsync(
        snapshot, GeneratedReviews.Options with { Features = GeneratedReviews.Features with { MaxFeatures = maxFeatures } }, "reviews", TimeProvider.System.GetTimestamp(), null, CancellationToken.None);
}
