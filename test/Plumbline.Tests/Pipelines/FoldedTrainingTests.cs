using Plumbline.Datasets;
using Plumbline.Datasets.Generation;
using Plumbline.Datasets.Preparation;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Resampling;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;
using Plumbline.Tuning;

namespace Plumbline.Tests.Pipelines;

public sealed class FoldedTrainingTests : IDisposable
{
    private static readonly TrainingOptions Options = GeneratedReviews.Options with
    {
        Features = GeneratedReviews.Features with { MaxFeatures = 500 },
        Families = ["logistic", "multinomial_nb"],
        Contest = new ContestOptions { Trials = 3, Folds = 3 },
    };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SplitBy.Stratified, null, "over 3 stratified folds")]
    [InlineData(SplitBy.User, null, "over 3 folds by user")]
    [InlineData(SplitBy.Time, null, "over 3 folds by time")]
    [InlineData(SplitBy.Time, FoldBy.Item, "over 3 folds by item")]
    public async Task RunAsync_Folds_AreAsTheSplitsUnlessItIsSaid(SplitBy split, FoldBy? by, string judged)
    {
        var result = await TrainAsync(await IngestAsync(split), Options with { Contest = Options.Contest! with { FoldBy = by } });
        result.Contest!.Judged.ShouldBe(judged);
        File.ReadAllText(Path.Combine(result.Artifacts, ContestPage.PageFile)).ShouldContain(judged);
    }

    [Fact]
    public async Task WorkAsync_FoldsByUser_RunsTrialsOfTheSameFolds()
    {
        var snapshot = await IngestAsync(SplitBy.User);
        var options = Options with { Contest = Options.Contest! with { Trials = 2, Shared = true } };
        await TrainAsync(snapshot, options);
        var home = new Home(_folder.File("home"));
        await using (var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System))
        {
            var study = (await new StudyStore(store, TimeProvider.System).ListAsync("reviews/", Token))[0];
            var request = (await new ContestStore(store, TimeProvider.System).GetAsync(study.Name, Token)).Request;
            request.Options.Contest!.FoldBy.ShouldBe(FoldBy.User);
            request = request with { Options = request.Options with { Contest = request.Options.Contest with { Trials = 4 } } };
            var pipeline = new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System);
            (await pipeline.WorkAsync(request, snapshot, 2, null, Token)).ShouldBe(4);
        }
        var result = await TrainAsync(snapshot, options with { Contest = options.Contest with { Trials = 4 } });
        result.Contest!.Families.Where(family => family.Study is not null).ShouldAllBe(family => family.Trials == 4 && family.Best!.MacroF1 == family.BestValue);
    }

    [Fact]
    public async Task RunAsync_BalancedSnapshot_Refuses()
    {
        var snapshot = await IngestAsync(SplitBy.Stratified, new BalanceOptions { Method = BalanceMethod.Undersample });
        (await Should.ThrowAsync<DatasetException>(() => TrainAsync(snapshot, Options))).Message.ShouldContain("folds: the snapshot");
    }

    [Fact]
    public async Task RunAsync_NoColumn_SaysWhichKey()
    {
        var path = _folder.File("plain.csv");
        await File.WriteAllTextAsync(path, "text,label\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"text number {i},{i % 2}\n")), Token);
        var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = path } }, new Home(_folder.File("home")), stop: Token);
        var options = Options with { Contest = Options.Contest! with { FoldBy = FoldBy.User } };
        (await Should.ThrowAsync<DatasetException>(() => TrainAsync(snapshot, options))).Message.ShouldStartWith("fold_by: the snapshot");
    }

    [Fact]
    public void Name_Folds_AreOfIt()
    {
        Name(Options.Contest! with { StandardErrors = 0, Ensemble = false }).ShouldBe(Name(Options.Contest!));
        Name(Options.Contest! with { Folds = 4 }).ShouldNotBe(Name(Options.Contest!));
        Name(Options.Contest! with { FoldBy = FoldBy.User }).ShouldNotBe(Name(Options.Contest!));

        static string Name(ContestOptions contest) => new ContestRequest("e", "digest", "code", Options with { Contest = contest }).Name;
    }

    [Fact]
    public async Task ReadKeys_Columns_AreThoseOfTheRows()
    {
        var snapshot = await IngestAsync(SplitBy.Stratified);
        var reviews = new ReviewGenerator(new ReviewGeneratorOptions { Rows = 500, Seed = 3 }).Generate(0, 500).ToArray();
        var (users, times) = (snapshot.ReadKeys("user", Token), snapshot.ReadKeys("time", Token));
        users.Length.ShouldBe((int)snapshot.Manifest.Counts.Total);
        users.Max().ShouldBe(reviews.Select(review => review.User).Distinct().Count() - 1);
        times.Min().ShouldBe((reviews.Min(review => review.Time) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        Should.Throw<DatasetException>(() => snapshot.ReadKeys("label", Token)).Message.ShouldContain("no column 'label'");
    }

    private async Task<Snapshot> IngestAsync(SplitBy split, BalanceOptions? balance = null)
    {
        var path = _folder.File("reviews.csv");
        await using (var stream = File.Create(path))
            await new ReviewGenerator(new ReviewGeneratorOptions { Rows = 500, Seed = 3 }).WriteCsvAsync(stream, 2, cancellationToken: Token);
        var options = new IngestOptions { Source = new SourceOptions { Path = path, Split = new SplitOptions { By = split } } };
        if (balance is not null)
            options = options with { Preparation = options.Preparation with { Balance = balance } };
        return Snapshot.Ingest(options, new Home(_folder.File("home")), stop: Token);
    }

    private async Task<TrainingResult> TrainAsync(Snapshot snapshot, TrainingOptions options)
    {
        var home = new Home(_folder.File("home"));
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var pipeline = new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System);
        return await pipeline.RunAsync(snapshot, options, "reviews", TimeProvider.System.GetTimestamp(), null, Token);
    }
}
