using Plumbline.Datasets;
using Plumbline.Datasets.Generation;
using Plumbline.Inference;
using Plumbline.Learning;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Pipelines;

public sealed class TrainingPipelineTests : IDisposable
{
    private static readonly TrainingOptions Options = GeneratedReviews.Options with { Features = GeneratedReviews.Features with { MaxFeatures = 500 } };
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunAsync_TwoHomesAndOtherThreads_SameBundle()
    {
        var source = await WriteReviewsAsync();
        var one = await TrainAsync("one", source, Options with { Threads = 1 });
        var two = await TrainAsync("two", source, Options with { Threads = 2 });
        two.Result.BundleDigest.ShouldBe(one.Result.BundleDigest);
        foreach (var file in Directory.GetFiles(one.Result.Bundle).Where(file => Path.GetFileName(file) != "about.json"))
            File.ReadAllBytes(Path.Combine(two.Result.Bundle, Path.GetFileName(file))).ShouldBe(File.ReadAllBytes(file));
        using var predictor = Predictor.Load(one.Result.Bundle);
        predictor.Manifest.Training.Snapshot.ShouldBe(one.Snapshot.Digest);
        predictor.Manifest.Training.Rows["test"].ShouldBe(one.Snapshot.Count(Split.Test));
        predictor.Manifest.Metrics["test.macro_f1"].ShouldBe(one.Result.Test.MacroF1.Value);
    }

    [Fact]
    public async Task RunAsync_Finished_RunHoldsTheEvidence()
    {
        var (result, snapshot, run) = await TrainAsync("home", await WriteReviewsAsync(), Options);
        run.Status.ShouldBe(RunStatus.Finished);
        run.Tags["bundle"].ShouldBe(result.BundleDigest);
        run.Inputs.ShouldBe([new DatasetInput(snapshot.Digest, "training")]);
        var dataset = run.Datasets.ShouldHaveSingleItem();
        (dataset.Name, dataset.Digest, dataset.Profile).ShouldBe(("reviews.csv", snapshot.Digest, """{"num_rows":600}"""));
        run.Tags[WellKnownTags.User].ShouldBe(run.UserId);
        run.Tags["environment.packages"].ShouldContain("Npgsql/");
        run.Metrics["test.macro_f1"].Value.ShouldBe(result.Test.MacroF1.Value);
        Directory.GetFiles(result.Artifacts).ShouldNotBeEmpty();
        run.Metrics.Keys.ShouldNotContain("learning_curve_seconds");
    }

    [Fact]
    public async Task RunAsync_LearningCurve_IsNoPartOfTheFitSeconds()
    {
        var begun = TimeProvider.System.GetTimestamp();
        var (result, _, run) = await TrainAsync("home", await WriteReviewsAsync(), Options with { LearningCurve = true });
        var seconds = result.LearningCurveSeconds.ShouldNotBeNull();
        run.Metrics["learning_curve_seconds"].Value.ShouldBe(seconds);
        seconds.ShouldBeGreaterThan(0);
        (result.FitSeconds + seconds).ShouldBeLessThan(TimeProvider.System.GetElapsedTime(begun).TotalSeconds);
    }

    [Fact]
    public async Task RunAsync_DataWithoutASecondLabel_RunFailedAndNoBundle()
    {
        var source = _folder.File("one.csv");
        await File.WriteAllTextAsync(source, "text,label,split\n" + string.Concat(Enumerable.Range(0, 60).Select(i =>
            $"text number {i},{(i % 3 == 0 ? "other" : "same")},{(i % 3 == 0 ? "test" : i % 3 == 1 ? "train" : "valid")}\n")), Token);
        var home = new Home(_folder.File("home"));
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var tracking = new TrackingStore(store, TimeProvider.System);
        var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = source } }, home, stop: Token);
        var pipeline = new TrainingPipeline(home, tracking, store, TimeProvider.System);
        (await Should.ThrowAsync<DatasetException>(() => pipeline.RunAsync(snapshot, Options, "e", 0, null, Token))).Message.ShouldContain("'same'");
        var run = (await tracking.ListRunsAsync(new RunQuery(), Token)).Runs.Single();
        run.Status.ShouldBe(RunStatus.Failed);
        Directory.Exists(home.Bundles).ShouldBeFalse();
    }

    private async Task<string> WriteReviewsAsync()
    {
        var path = _folder.File("reviews.csv");
        await using var stream = File.Create(path);
        await new ReviewGenerator(new ReviewGeneratorOptions { Rows = 600, Seed = 3 }).WriteCsvAsync(stream, 2, cancellationToken: Token);
        return path;
    }

    private async Task<(TrainingResult Result, Snapshot Snapshot, Run Run)> TrainAsync(string name, string source, TrainingOptions options)
    {
        var home = new Home(_folder.File(name));
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var tracking = new TrackingStore(store, TimeProvider.System);
        var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = source } }, home, stop: Token);
        var pipeline = new TrainingPipeline(home, tracking, store, TimeProvider.System);
        var result = await pipeline.RunAsync(snapshot, options, "reviews", TimeProvider.System.GetTimestamp(), null, Token);
        return (result, snapshot, await tracking.GetRunAsync(result.RunId, Token));
    }
}
