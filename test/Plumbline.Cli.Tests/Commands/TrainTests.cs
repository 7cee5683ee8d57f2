using System.Diagnostics;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class TrainTests(TrainedHome trained)
{
    private static readonly string[] Keys =
        ["family", "parameters", "rows_train", "rows_test", "fit_seconds", "macro_f1", "accuracy", "log_loss", "ece", "ece_of_perfect", "batch_us_per_doc", "single_us_median", "peak_mib", "bundle"];

    [Fact]
    public async Task Train_Json_IsOneLineOfTheAgreedKeys()
    {
        using var folder = new TemporaryFolder();
        var answer = (await Cli.RunAsync("train", trained.Data, "--home", folder.Home, "--json")).ShouldSucceed();
        answer.Out.TrimEnd('\n').ShouldNotContain("\n");
        answer.Json.EnumerateObject().Select(property => property.Name).ShouldBe(Keys);
        foreach (var property in answer.Json.EnumerateObject().Where(property => property.Name is not ("family" or "parameters" or "bundle")))
            property.Value.GetDouble().ShouldBeGreaterThan(0, property.Name);
    }

    [Fact]
    public async Task Train_ThreadsDiffer_BundleIsTheSame()
    {
        using var folder = new TemporaryFolder();
        string[] options = ["train", trained.Data, "--families", "logistic,svm", "--char-ngrams", "3-4", "--seed", "5", "--home", folder.Home, "--json"];
        var one = (await Cli.RunAsync([.. options, "--threads", "1"])).ShouldSucceed().Json.GetProperty("bundle").GetString();
        var two = (await Cli.RunAsync([.. options, "--threads", "2"])).ShouldSucceed().Json.GetProperty("bundle").GetString();
        two.ShouldBe(one);
    }

    [Fact]
    public async Task Train_Project_TakesItsSettings()
    {
        using var folder = new TemporaryFolder();
        File.Copy(trained.Data, folder.File("reviews.csv"));
        folder.Write("plumbline.yaml", "project: shop\ndata: {path: reviews.csv}\ntrain: {families: [svm]}\n");
        var trainedHere = (await Cli.RunProcessAsync(folder.Path, "train", "--json")).ShouldSucceed();
        trainedHere.Json.GetProperty("family").GetString().ShouldBe("svm");
        trainedHere.Json.GetProperty("bundle").GetString().ShouldStartWith(Path.Combine(folder.Path, ".plumbline"));
        var named = (await Cli.RunAsync("train", folder.File("plumbline.yaml"), "--families", "logistic", "--home", folder.Home, "--json")).ShouldSucceed();
        named.Json.GetProperty("family").GetString().ShouldBe("logistic");
    }

    [Fact]
    public async Task Init_File_WritesAProjectThatTrains()
    {
        using var folder = new TemporaryFolder();
        File.Copy(trained.Data, folder.File("Shop reviews.csv"));
        (await Cli.RunProcessAsync(folder.Path, "init", "Shop reviews.csv")).ShouldSucceed();
        var text = File.ReadAllText(folder.File("plumbline.yaml"));
        text.ShouldStartWith("# yaml-language-server: $schema=");
        (await Cli.RunProcessAsync(folder.Path, "init", "Shop reviews.csv", "--json")).ShouldFail(2, "usage", "--force replaces it");
        File.ReadAllText(folder.File("plumbline.yaml")).ShouldBe(text);
        (await Cli.RunProcessAsync(folder.Path, "train", "--register", "shop", "--json")).ShouldSucceed();
    }

    [Fact]
    public async Task Train_ContestInterrupted_KeepsTheBestSoFar()
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("generate", folder.File("large.csv.gz"), "--rows", "5000")).ShouldSucceed();
        using var process = await StartContestAsync(folder);
        await Cli.SignalAsync(process, "INT");
        var rest = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, rest);
        Directory.Exists(JsonDocument.Parse(output).RootElement.GetProperty("bundle").GetString()).ShouldBeTrue();
        (await Cli.RunAsync("runs", "--home", folder.File(".plumbline"), "--json")).Json[0].GetProperty("status").GetString().ShouldBe("finished");
    }

    [Fact]
    public async Task Train_ContestInterruptedTwice_EndsAtOnceAndKeepsTheTrials()
    {
        using var folder = new TemporaryFolder();
        // The first Ctrl-C leaves much to fit, so that the second comes before that is done.
        (await Cli.RunAsync("generate", folder.File("large.csv.gz"), "--rows", "15000")).ShouldSucceed();
        using var process = await StartContestAsync(folder);
        await Cli.SignalAsync(process, "INT");
        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(130);
        Directory.Exists(folder.File(".plumbline/bundles")).ShouldBeFalse();
        var studies = (await Cli.RunAsync("studies", "--home", folder.File(".plumbline"), "--json")).ShouldSucceed().Json;
        studies.EnumerateArray().Sum(study => study.GetProperty("complete").GetInt32()).ShouldBeGreaterThan(0);
    }

    /// <summary>A contest of far more trials than anybody waits for, once its first is done.</summary>
    private static async Task<Process> StartContestAsync(TemporaryFolder folder)
    {
        var process = Cli.Start(folder.Path, "train", "large.csv.gz", "--families", "multinomial_nb,complement_nb", "--trials", "100000", "--json");
        var seen = "";
        while (!seen.Contains(" 1 of 100000 trials", StringComparison.Ordinal))
            seen += await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(seen);
        return process;
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Train_Interrupted_LeavesNothingHalfDone(string signal)
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("generate", folder.File("large.csv.gz"), "--rows", "20000")).ShouldSucceed();
        using var process = Cli.Start(folder.Path, "train", "large.csv.gz", "--families", "logistic,svm", "--json");
        var seen = "";
        while (!seen.Contains("compare", StringComparison.Ordinal))
            seen += await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(seen);
        await Cli.SignalAsync(process, signal);
        var rest = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(130, rest);
        rest.ShouldContain("error: interrupted");
        Directory.Exists(folder.File(".plumbline/bundles")).ShouldBeFalse();
        Directory.GetFileSystemEntries(folder.File(".plumbline/snapshots")).Length.ShouldBe(1);
        (await Cli.RunAsync("runs", "--home", folder.File(".plumbline"), "--json")).Json[0].GetProperty("status").GetString().ShouldBe("killed");
    }
}
