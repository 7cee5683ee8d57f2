namespace Plumbline.Cli.Tests.Commands;

public sealed class ExportTests(TrainedHome trained)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Export_Version_WritesAGraphThatAnswersAlike(bool onData)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("reviews.onnx");
        string[] data = onData ? ["--data", trained.Data] : [];
        var report = (await Cli.RunAsync(["export", "reviews@champion", "--onnx", file, "--home", trained.Home, "--json", .. data])).ShouldSucceed().Json;
        report.GetProperty("rows").GetInt32().ShouldBe(1000);
        report.GetProperty("differing_labels").GetInt32().ShouldBe(0);
        report.GetProperty("largest_difference").GetDouble().ShouldBeLessThan(1e-5);
        report.GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(file).Length);
        Directory.GetFileSystemEntries(Path.GetDirectoryName(file)!, "*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task Predict_TheGraph_AnswersAsTheBundleDoes()
    {
        using var folder = new TemporaryFolder();
        var graph = folder.File("reviews.onnx");
        (await Cli.RunAsync("export", "reviews@champion", "--onnx", graph, "--home", trained.Home)).ShouldSucceed();
        foreach (var (model, output) in new[] { (graph, "graph.csv"), ("reviews@champion", "bundle.csv") })
            (await Cli.RunAsync("predict", "--bundle", model, "--input", trained.Data, "--output", folder.File(output), "--home", trained.Home)).ShouldSucceed();
        Labels("graph.csv").ShouldBe(Labels("bundle.csv"));
        (await Cli.RunAsync("predict", "--bundle", graph, "--input", trained.Data, "--output", folder.File("why.csv"), "--explain", "3", "--home", trained.Home, "--json"))
            .ShouldFail(3, "data", "Only bundles can be explained");

        IEnumerable<string> Labels(string name) => File.ReadLines(folder.File(name)).Select(line => line.Split(',')[0]);
    }

    [Fact]
    public async Task Export_Snapshot_ChecksOnItsRecords()
    {
        using var folder = new TemporaryFolder();
        var snapshot = trained.Result.GetProperty("snapshot").GetString()!;
        var answer = (await Cli.RunAsync("export", trained.Bundle, "--onnx", folder.File("a/reviews.onnx"), "--data", snapshot, "--home", trained.Home)).ShouldSucceed();
        answer.Error.ShouldContain("Of 1,000 records, 0 have another label");
        File.Exists(folder.File("a/reviews.onnx")).ShouldBeTrue();
    }

    [Fact]
    public async Task Export_NoBundleOrNoData_SaysSoAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("reviews.onnx");
        (await Cli.RunAsync("export", "nothing", "--onnx", file, "--home", trained.Home, "--json")).ShouldFail(4, "bundle", "'nothing' is no bundle");
        (await Cli.RunAsync("export", trained.Bundle, "--onnx", file, "--data", folder.Write("empty.csv", "text\n"), "--home", trained.Home, "--json")).ShouldFail(4, "bundle", "no records");
        File.Exists(file).ShouldBeFalse();
    }
}
