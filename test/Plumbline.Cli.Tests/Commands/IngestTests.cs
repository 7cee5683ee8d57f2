namespace Plumbline.Cli.Tests.Commands;

public sealed class IngestTests(TrainedHome trained)
{
    [Fact]
    public async Task Ingest_ProjectHereOrNamed_EqualsTheFileByItself()
    {
        using var folder = new TemporaryFolder();
        File.Copy(trained.Data, folder.File("reviews.csv"));
        (await Cli.RunProcessAsync(folder.Path, "init", "reviews.csv")).ShouldSucceed().Error.ShouldContain("by name");
        File.ReadAllText(folder.File("plumbline.yaml")).ShouldContain("  schema:");
        var here = (await Cli.RunProcessAsync(folder.Path, "ingest", "--json")).ShouldSucceed().Json;
        var named = (await Cli.RunAsync("ingest", folder.File("plumbline.yaml"), "--home", folder.Home, "--json")).ShouldSucceed().Json;
        var file = (await Cli.RunAsync("ingest", trained.Data, "--home", folder.Home, "--json")).ShouldSucceed().Json;
        here.GetProperty("snapshot").GetString().ShouldBe(file.GetProperty("snapshot").GetString());
        named.GetProperty("snapshot").GetString().ShouldBe(file.GetProperty("snapshot").GetString());
        file.GetProperty("schema").EnumerateArray().ShouldAllBe(column => column.GetProperty("name").GetString()!.Length > 0 && column.GetProperty("type").GetString()!.Length > 0);
    }

    [Fact]
    public async Task Ingest_FolderOfOtherColumns_TellsTypesAndNotes()
    {
        using var folder = new TemporaryFolder();
        var rows = string.Concat(Enumerable.Range(0, 60).Select(i => $"text {i}~{i % 2}\n"));
        folder.Write("a.csv", "text~label\n" + rows);
        folder.Write("b.csv", "text~label~more\n" + rows.Replace("\n", "~x\n", StringComparison.Ordinal));
        var answer = (await Cli.RunAsync("ingest", folder.Path, "--delimiter", "~", "--home", folder.Home)).ShouldSucceed();
        answer.Error.ShouldContain("Note: ");
        answer.Error.ShouldContain("which are left out: 'more'.");
        answer.Error.ShouldContain("integer");
    }

    [Fact]
    public async Task Ingest_NothingOrTwoThingsToRead_IsAUsageError()
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunProcessAsync(folder.Path, "ingest", "--json")).ShouldFail(2, "usage", "Name a file of records");
        (await Cli.RunAsync("ingest", trained.Data, "--query", "SELECT 1", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "give one");
        (await Cli.RunAsync("ingest", trained.Data, "--delimiter", "ab", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "'ab' is not one character, or tab");
    }

    [Fact]
    public async Task Ingest_QueryThatIsNone_IsRefusedWithoutAServer()
    {
        using var folder = new TemporaryFolder();
        var answer = await Cli.RunAsync("ingest", "--query", "DROP TABLE a", "--postgres", "Host=127.0.0.1;Username=a;Password=hunter2", "--home", folder.Home, "--json");
        answer.ShouldFail(3, "data", "it begins with DROP");
        answer.Error.ShouldNotContain("hunter2");
    }
}
