using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Generation;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Pipelines;

public sealed class AggregateTrainingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_SnapshotWithAggregates_InContractWithTheStatisticsOfTraining()
    {
        using var folder = new TemporaryFolder();
        var source = folder.File("reviews.csv");
        await using (var stream = File.Create(source))
            await new ReviewGenerator(new ReviewGeneratorOptions { Rows = 600, Seed = 3 }).WriteCsvAsync(stream, 2, cancellationToken: Token);
        var home = new Home(folder.File("home"));
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        EntityFeature[] aggregates = [new(EntityKind.Item, EntityAggregate.AverageLength), new(EntityKind.User, EntityAggregate.ReviewCount)];
        var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = source }, Aggregates = aggregates }, home, stop: Token);
        var options = GeneratedReviews.Options with { Features = GeneratedReviews.Features with { MaxFeatures = 500 }, Refit = false };
        var result = await new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System).RunAsync(snapshot, options, "e", 0, null, Token);

        using var predictor = Predictor.Load(result.Bundle);
        predictor.Manifest.Requires.ShouldBe(["linear-1", "aggregates-1"]);
        predictor.Manifest.Contract.Options.Numeric.Aggregates.ShouldBe(["item_avg_len", "user_review_count"]);
        predictor.NumericFeatures.TakeLast(2).Select(feature => (feature.Name, feature.Source))
            .ShouldBe([("item_avg_len", NumericFeatureSource.Aggregate), ("user_review_count", NumericFeatureSource.Aggregate)]);
        var lengths = snapshot.Read(Split.Train).SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => batch.Inputs(record)[0])).Where(float.IsFinite).ToArray();
        var trained = predictor.NumericFeatures[^2];
        trained.Mean.ShouldBe(lengths.Average(length => (double)length), 1e-6);
        (trained.Min, trained.Max).ShouldBe((lengths.Min(), lengths.Max()));

        var (one, other) = (new float[predictor.Labels.Count], new float[predictor.Labels.Count]);
        predictor.Predict("great"u8, [(float)trained.Mean, float.NaN], one, default);
        predictor.Predict("great"u8, default, other, default);
        one.ShouldBe(other);
        predictor.Predict("great"u8, [(float)trained.Max, float.NaN], one, default);
        one.ShouldNotBe(other);
    }

    [Fact]
    public void Validate_AggregateThatIsNone_NamesIt() => Should
        .Throw<ArgumentException>(() => (FeatureOptions.Default with { Numeric = new NumericOptions(Aggregates: ["user_age"]) }).Validate()).Message.ShouldContain("'user_age'");
}
