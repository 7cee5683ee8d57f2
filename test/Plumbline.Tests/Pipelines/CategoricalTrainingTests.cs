using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Inference;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Pipelines;

public sealed class CategoricalTrainingTests : IDisposable
{
    private static readonly string[] Countries = ["DE", "FR", "IT", ""];

    private static readonly TrainingOptions Options = TrainingOptions.Default with { Features = FeatureOptions.Default with { MaxFeatures = 500 } };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_LabelThatFollowsTheCountry_IsLearntAndTheBundleSaysHow()
    {
        var (result, snapshot) = await TrainAsync("home", 2);
        result.Test.MacroF1.Value.ShouldBeGreaterThan(0.9);
        using var predictor = Predictor.Load(result.Bundle);
        predictor.Manifest.Requires.ShouldBe(["linear-1", "categorical-1"]);
        predictor.CategoricalFeatures.Single().Name.ShouldBe("country");
        predictor.CategoricalFeatures.Single().Categories.ShouldBe(["DE", "FR", "IT"], ignoreOrder: true);
        predictor.Manifest.Golden.ShouldAllBe(golden => golden.Categories!.Count == 1);
        var baseline = predictor.Manifest.Baseline.Categorical!.Single();
        baseline.Counts.Sum().ShouldBe((int)snapshot.Count(Split.Valid) - baseline.Missing - baseline.Unknown);
        baseline.Missing.ShouldBe(snapshot.Read(Split.Valid).Sum(batch => Enumerable.Range(0, batch.Count).Count(record => batch.Category(record, 0).IsEmpty)));
        baseline.Unknown.ShouldBeGreaterThan(0);

        var (plain, france, unknown) = (new float[2], new float[2], new float[2]);
        predictor.Predict("the order"u8, default, plain, default);
        predictor.Predict("the order"u8, default, france, default, [predictor.FindCategory(0, " FR "u8)]);
        predictor.Predict("the order"u8, default, unknown, default, [predictor.FindCategory(0, "Atlantis"u8)]);
        unknown.ShouldBe(plain);
        france.ShouldNotBe(plain);
        predictor.Explain("the order"u8, default, 1, [predictor.FindCategory(0, "FR"u8)]).Contributions.Single().Name.ShouldBe("country = FR");
        File.ReadAllText(Path.Combine(result.Artifacts, "report.html")).ShouldContain("[country = FR]");
    }

    [Fact]
    public async Task RunAsync_OtherThreads_SameBundle()
    {
        var one = await TrainAsync("one", 1);
        var two = await TrainAsync("two", 3);
        two.Snapshot.Digest.ShouldBe(one.Snapshot.Digest);
        two.Result.BundleDigest.ShouldBe(one.Result.BundleDigest);
    }

    [Fact]
    public async Task RunAsync_PerceptronOverCategories_LearnsAndExplainsThem()
    {
        var (result, _) = await TrainAsync("home", 2, options: Options with { Families = ["perceptron"], Contest = new ContestOptions { Trials = 1 } });
        result.Test.MacroF1.Value.ShouldBeGreaterThan(0.9);
        using var predictor = Predictor.Load(result.Bundle);
        predictor.Manifest.Requires.ShouldContain("perceptron-1");
        predictor.Explain("the order"u8, default, 1, [predictor.FindCategory(0, "FR"u8)]).Contributions.Single().Name.ShouldBe("country = FR");
        File.ReadAllText(Path.Combine(result.Artifacts, "report.html")).ShouldContain("What the model goes by");
    }

    [Fact]
    public async Task Predict_BatchAndSpans_SameBitsAndNothingAllocated()
    {
        var (result, snapshot) = await TrainAsync("home", 2);
        using var predictor = Predictor.Load(result.Bundle);
        var batch = snapshot.Read(Split.Test).First();
        var (a, b, categories) = (new float[2], new float[2], new int[1]);
        for (var record = 0; record < batch.Count; record++)
            Predict(record).ShouldBeTrue();
        Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var record = 0; record < batch.Count; record++)
                Predict(record);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ShouldBe(0);

        bool Predict(int record)
        {
            categories[0] = predictor.FindCategory(0, batch.Category(record, 0));
            return predictor.Predict(batch, record, a) == predictor.Predict(batch.Text(record), batch.Inputs(record), b, default, categories) && a.AsSpan().SequenceEqual(b);
        }
    }

    [Fact]
    public async Task Evaluate_BundleOnItsTest_SameAsTrainingAndFaultsCounted()
    {
        var (result, snapshot) = await TrainAsync("home", 2);
        using var predictor = Predictor.Load(result.Bundle);
        var tally = new ContractTally(predictor.Manifest.Contract);
        BundleEvaluation.Evaluate(predictor, snapshot, [Split.Test], 42, 2, tally, Token).Test.MacroF1.Value.ShouldBe(result.Test.MacroF1.Value);
        var test = snapshot.Read(Split.Test).SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => Encoding.UTF8.GetString(batch.Category(record, 0)))).ToArray();
        tally.Faults.ShouldBe(
        [
            ("country", ContractFault.Missing, test.Count(value => value.Length == 0)),
            ("country", ContractFault.UnknownCategory, test.Count(value => value.StartsWith("rare", StringComparison.Ordinal))),
        ]);
    }

    [Fact]
    public async Task Predict_CategoriesThatAreNotTheContracts_Refused()
    {
        var (result, _) = await TrainAsync("home", 2);
        using var predictor = Predictor.Load(result.Bundle);
        Should.Throw<ArgumentException>(() => predictor.Predict("a"u8, default, new float[2], default, [0, 0])).Message.ShouldContain("2 categories were given");
        Should.Throw<ArgumentOutOfRangeException>(() => predictor.Predict("a"u8, default, new float[2], default, [3]));
    }

    [Theory]
    [InlineData("twice", "no category of 'country', or one twice")]
    [InlineData("fewer", "does not fit the manifest's shape")]
    [InlineData("other", "not those that its options name")]
    [InlineData("exchanged", "golden example")]
    public async Task Open_ContractThatIsNotOfItsWeights_Refused(string change, string message)
    {
        var (result, _) = await TrainAsync("home", 2);
        var path = Path.Combine(result.Bundle, "manifest.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, Token))!;
        var feature = manifest["contract"]!["categorical"]![0]!;
        var categories = feature["categories"]!.AsArray();
        switch (change)
        {
            case "twice":
                categories[1] = categories[0]!.DeepClone();
                break;
            case "fewer":
                categories.RemoveAt(0);
                break;
            case "other":
                feature["name"] = "region";
                break;
            default:
                var first = categories[0]!;
                categories.RemoveAt(0);
                categories.Add(first);
                break;
        }
        await File.WriteAllTextAsync(path, manifest.ToJsonString(), Token);
        var renamed = _folder.File("changed");
        Directory.Move(result.Bundle, renamed);
        Should.Throw<BundleException>(() => Bundle.Open(renamed).Dispose()).Message.ShouldContain(message);
    }

    [Fact]
    public async Task Open_BundleFromBeforeCategories_Answers()
    {
        var (result, _) = await TrainAsync("home", 2, categorical: []);
        var path = Path.Combine(result.Bundle, "manifest.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, Token))!;
        manifest["requires"]!.ToJsonString().ShouldNotContain("categorical");
        manifest["contract"]!.AsObject().Remove("categorical").ShouldBeTrue();
        manifest["contract"]!["options"]!.AsObject().Remove("categorical").ShouldBeTrue();
        await File.WriteAllTextAsync(path, manifest.ToJsonString(), Token);
        var renamed = _folder.File("before");
        Directory.Move(result.Bundle, renamed);
        using var predictor = Predictor.Load(renamed);
        predictor.CategoricalFeatures.ShouldBeEmpty();
        predictor.Manifest.Baseline.Categorical.ShouldBeNull();
    }

    private async Task<(TrainingResult Result, Snapshot Snapshot)> TrainAsync(string name, int threads, string[]? categorical = null, TrainingOptions? options = null)
    {
        var source = _folder.File("orders.csv");
        await File.WriteAllTextAsync(source, "text,label,country\n" + string.Concat(Enumerable.Range(0, 600).Select(i =>
        {
            var country = i % 20 == 7 ? $"rare {i}" : Countries[i % 4];
            return $"the order number {i} of {i % 13},{(country is "FR" or "IT" ? "late" : "fine")},{country}\n";
        })), Token);
        var home = new Home(_folder.File(name));
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var snapshot = Snapshot.Ingest(
            new IngestOptions { Source = new SourceOptions { Path = source, Categorical = categorical ?? ["country"] }, Threads = threads }, home, stop: Token);
        var result = await new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System)
            .RunAsync(snapshot, (options ?? Options) with { Threads = threads }, "e", 0, null, Token);
        return (result, snapshot);
    }
}
