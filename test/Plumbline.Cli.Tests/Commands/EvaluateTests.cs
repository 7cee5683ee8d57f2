namespace Plumbline.Cli.Tests.Commands;

public sealed class EvaluateTests(TrainedHome trained)
{
    [Fact]
    public async Task Evaluate_TrainingData_GivesTheTrainingsOwnTestScores()
    {
        using var folder = new TemporaryFolder();
        var report = (await Cli.RunAsync("evaluate", "--bundle", "reviews/1", "--input", trained.Data, "--report", folder.File("report"), "--home", trained.Home, "--json")).ShouldSucceed().Json;
        report.GetProperty("macro_f1").GetProperty("value").GetDouble().ShouldBe(trained.Result.GetProperty("macro_f1").GetDouble());
        report.GetProperty("log_loss").GetDouble().ShouldBe(trained.Result.GetProperty("log_loss").GetDouble());
        File.Exists(folder.File("report/report.html")).ShouldBeTrue();
    }

    [Fact]
    public async Task Evaluate_OtherFile_ScoresAllOfItInTheBundlesLabels()
    {
        using var folder = new TemporaryFolder();
        // Only some labels, met in another order than the bundle's.
        var file = folder.Write("april.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? $"perfect wonderful love it {i},5\n" : $"terrible waste of money {i},1\n")));
        var all = (await Cli.RunAsync("evaluate", "--bundle", trained.Bundle, "--input", file, "--home", folder.Home, "--json")).ShouldSucceed().Json;
        all.GetProperty("rows").GetInt32().ShouldBe(40);
        all.GetProperty("classes").GetArrayLength().ShouldBe(5);
        all.GetProperty("classes")[0].GetProperty("support").GetInt32().ShouldBe(20);
        all.GetProperty("classes")[4].GetProperty("support").GetInt32().ShouldBe(20);
        all.GetProperty("accuracy").GetProperty("value").GetDouble().ShouldBeGreaterThan(0.5);
    }

    [Fact]
    public async Task Evaluate_UnknownLabels_IsCode3AndNamesThem()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("other.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"some text {i},{(i % 2 == 0 ? "spam" : "5")}\n")));
        (await Cli.RunAsync("evaluate", "--bundle", trained.Bundle, "--input", file, "--home", folder.Home, "--json")).ShouldFail(3, "data", "does not know 'spam'");
    }
}
