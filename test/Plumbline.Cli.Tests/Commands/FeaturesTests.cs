namespace Plumbline.Cli.Tests.Commands;

public sealed class FeaturesTests(TrainedHome home)
{
    [Fact]
    public async Task Aggregates_FromFileToStore_TrainedEvaluatedAndLoaded()
    {
        using var folder = new TemporaryFolder();
        string[] common = ["--home", folder.Home, "--json"];
        var trained = (await Cli.RunAsync(["train", home.Data, "--aggregates", "user_avg_len,item_review_count", .. common])).ShouldSucceed().Json;
        var bundle = trained.GetProperty("bundle").GetString()!;

        var evaluated = (await Cli.RunAsync(["evaluate", "--bundle", bundle, "--input", home.Data, .. common])).ShouldSucceed().Json;
        evaluated.GetProperty("warnings").GetProperty("missing").GetProperty("user_avg_len").GetInt64().ShouldBeGreaterThan(0);

        var predicted = (await Cli.RunAsync(["predict", "--bundle", bundle, "--input", home.Data, "--output", folder.File("answers.csv"), .. common])).ShouldSucceed().Json;
        predicted.GetProperty("warnings").GetProperty("store_unavailable").GetProperty("item_review_count").GetInt64().ShouldBe(predicted.GetProperty("rows").GetInt64());

        var snapshot = Directory.GetDirectories(Path.Combine(folder.Home, "snapshots")).Select(path => Path.GetFileName(path)!).First();
        string[] load = ["features", "load", "--snapshot", snapshot[..12], .. common];
        (await Cli.RunAsync(load)).ShouldSucceed().Json.GetProperty("entities").GetInt64().ShouldBeGreaterThan(10);
        (await Cli.RunAsync(load)).ShouldFail(7, "feature_store", "--replace");
        (await Cli.RunAsync([.. load, "--replace"])).ShouldSucceed();
        (await Cli.RunAsync("features", "served", "--home", folder.Home)).ShouldSucceed().Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_SnapshotWithoutAggregates_SaysHowToGetThem()
    {
        var snapshot = Path.GetFileName(Directory.GetDirectories(Path.Combine(home.Home, "snapshots")).First());
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("features", "load", "--snapshot", snapshot, "--home", home.Home, "--json")).ShouldFail(3, "data", "--aggregates");
        (await Cli.RunAsync("features", "load", "--snapshot", "abc", "--home", folder.Home, "--json")).ShouldFail(3, "data", "abc");
        (await Cli.RunAsync("ingest", home.Data, "--aggregates", "user_avg_lenght", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "user_avg_len");
        Directory.Exists(Path.Combine(home.Home, "feature-store")).ShouldBeFalse();
    }
}
