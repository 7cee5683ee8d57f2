using System.Diagnostics;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class QuickstartTests(TrainedHome trained)
{
    [Fact]
    public async Task Quickstart_NoFile_TrainsRegistersAndMakesChampion()
    {
        var result = trained.Result;
        result.GetProperty("model").GetString().ShouldBe("reviews");
        result.GetProperty("version").GetInt64().ShouldBe(1);
        result.GetProperty("macro_f1").GetDouble().ShouldBeInRange(0.2, 1);
        foreach (var path in new[] { "report", "bundle", "snapshot", "home" })
            Path.Exists(result.GetProperty(path).GetString()).ShouldBeTrue(path);
        var model = (await Cli.RunAsync("models", "--home", trained.Home, "--json")).ShouldSucceed().Json[0];
        model.GetProperty("aliases").GetProperty("champion").GetInt64().ShouldBe(1);
        var run = (await Cli.RunAsync("runs", "show", result.GetProperty("run").GetString()!, "--home", trained.Home, "--json")).ShouldSucceed().Json;
        run.GetProperty("status").GetString().ShouldBe("finished");
        run.GetProperty("metrics").GetProperty("test.macro_f1").GetDouble().ShouldBe(result.GetProperty("macro_f1").GetDouble());
    }

    [Fact]
    public async Task Quickstart_Again_RegistersTheNextVersionAndMovesChampion()
    {
        using var folder = new TemporaryFolder();
        string[] quickstart = ["quickstart", trained.Data, "--no-serve", "--model", "m", "--home", folder.Home, "--json"];
        (await Cli.RunAsync(quickstart)).ShouldSucceed();
        (await Cli.RunAsync([.. quickstart, "--seed", "7"])).ShouldSucceed().Json.GetProperty("version").GetInt64().ShouldBe(2);
        var shown = (await Cli.RunAsync("models", "show", "m", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("versions");
        shown[0].GetProperty("aliases")[0].GetString().ShouldBe("champion");
        (await Cli.RunAsync("models", "alias", "m", "champion", "1", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("previous").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task Quickstart_Aggregates_BeginsTheFeatureStoreOnce()
    {
        using var folder = new TemporaryFolder();
        string[] quickstart = ["quickstart", trained.Data, "--aggregates", "user_review_count,item_avg_len", "--duplicates", "normalised", "--no-serve", "--model", "m", "--home", folder.Home, "--json"];
        var first = (await Cli.RunAsync(quickstart)).ShouldSucceed();
        first.Error.ShouldMatch("Features  [0-9,]+ users and items in embedded ");
        var file = folder.Write("in.csv", "text,user\ngood,nobody\n");
        string[] predict = ["predict", "--bundle", first.Json.GetProperty("bundle").GetString()!, "--input", file, "--output", folder.File("out.csv"), "--home", folder.Home, "--json"];
        (await Cli.RunAsync(predict)).ShouldSucceed().Json.GetProperty("warnings").GetProperty("unknown_entity").GetProperty("user_review_count").GetInt64().ShouldBe(1);
        (await Cli.RunAsync(quickstart)).ShouldSucceed().Error.ShouldMatch("Features  as they were: .* --replace");
    }

    [Fact]
    public async Task Quickstart_Serves_AndItsCurlLineAnswers()
    {
        using var folder = new TemporaryFolder();
        using var process = Cli.Start(folder.Path, "quickstart", trained.Data, "--port", "0", "--home", folder.Home, "--json");
        process.BeginErrorReadLine();
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var curl = JsonDocument.Parse(line!).RootElement.GetProperty("curl").GetString()!;
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed");
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", curl]) { RedirectStandardOutput = true })!;
        var answer = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        JsonDocument.Parse(answer).RootElement.GetProperty("version").GetString().ShouldEndWith("/1");
        await Cli.SignalAsync(process, "TERM");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("data/Kindle Reviews.csv.gz", "kindle-reviews")]
    [InlineData("imdb.parquet", "imdb")]
    [InlineData("/tmp/.csv", "csv")]
    [InlineData("отзывы.csv", "reviews")]
    public void ModelName_OfAFile_IsAllowed(string file, string name) => ModelName.Of(file).ShouldBe(name);
}
