using System.Globalization;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class SnapshotTests(TrainedHome trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task List_AfterTraining_NamesRunBundleAndModel()
    {
        var list = (await Cli.RunAsync("snapshot", "list", "--home", trained.Home, "--json")).ShouldSucceed().Json;
        var snapshot = list.EnumerateArray().ShouldHaveSingleItem();
        snapshot.GetProperty("rows").GetProperty("train").GetInt64().ShouldBeGreaterThan(500);
        var referred = snapshot.GetProperty("referred_to_by").EnumerateArray().Select(by => by.GetString()!.Split(' ')[0]).Distinct();
        referred.ShouldBe(["model", "run", "bundle", "data"]);
        var people = (await Cli.RunAsync("snapshot", "--home", trained.Home)).ShouldSucceed();
        people.Out.ShouldBeEmpty();
        people.Error.ShouldContain(snapshot.GetProperty("snapshot").GetString()![..12]);
    }

    [Fact]
    public async Task List_NothingThere_SaysHowToBegin()
    {
        (await Cli.RunAsync("snapshot", "--home", _folder.Home)).ShouldSucceed().Error.ShouldContain("plumbline ingest");
        Directory.Exists(_folder.Home).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null, "--verify=content")]
    [InlineData("files", "--verify")]
    [InlineData("content", "--verify=content")]
    public async Task Show_ByPrefix_TellsSchemaFilesAndWhetherVerified(string? verified, string option)
    {
        var digest = await IngestAsync("a.csv", Reviews(120));
        string[] options = verified is null ? [] : [option];
        var shown = (await Cli.RunAsync(["snapshot", "show", digest[..8], .. options, "--home", _folder.Home, "--json"])).ShouldSucceed().Json;
        shown.GetProperty("snapshot").GetString().ShouldBe(digest);
        shown.GetProperty("schema").EnumerateArray().Select(column => column.GetProperty("type").GetString()).ShouldBe(["text", "string"]);
        shown.GetProperty("files")[0].GetProperty("rows").GetInt64().ShouldBe(120);
        shown.GetProperty("verified").GetString().ShouldBe(verified);
        (await Cli.RunAsync(["snapshot", "show", digest, .. options, "--home", _folder.Home])).ShouldSucceed().Error.ShouldContain("rows-00000.parquet");
    }

    [Fact]
    public async Task Show_Damaged_IsCode3WhereItIsLookedFor()
    {
        var digest = await IngestAsync("a.csv", Reviews(120));
        var rows = Path.Combine(_folder.Home, "snapshots", digest, "rows-00000.parquet");
        File.WriteAllBytes(rows, File.ReadAllBytes(rows)[..^1]);
        (await Cli.RunAsync("snapshot", "show", digest, "--home", _folder.Home)).ShouldSucceed();
        (await Cli.RunAsync("snapshot", "show", digest, "--verify", "--home", _folder.Home, "--json")).ShouldFail(3, "data", "rows-00000.parquet is");
        (await Cli.RunAsync("snapshot", "show", "abcdef", "--home", _folder.Home, "--json")).ShouldFail(3, "data", "'abcdef' is no snapshot");
        (await Cli.RunAsync("snapshot", "show", digest, "--verify=all", "--home", _folder.Home, "--json")).ShouldFail(2, "usage", "'all' is not one of files, content");
    }

    [Fact]
    public async Task Diff_OfTwo_CountsWhatIsNew()
    {
        var a = await IngestAsync("a.csv", Reviews(120));
        var b = await IngestAsync("b.csv", Reviews(150));
        var diff = (await Cli.RunAsync("snapshot", "diff", a[..12], b, "--home", _folder.Home, "--json")).ShouldSucceed().Json;
        var records = diff.GetProperty("records");
        (records.GetProperty("only_a").GetInt64(), records.GetProperty("only_b").GetInt64(), records.GetProperty("unchanged").GetInt64()).ShouldBe((0, 30, 120));
        var people = (await Cli.RunAsync("snapshot", "diff", a, b, "--home", _folder.Home)).ShouldSucceed();
        people.Error.ShouldContain("only in B");
        people.Out.ShouldBeEmpty();
        Directory.GetFileSystemEntries(Path.Combine(_folder.Home, "temporary")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Gc_TrainedHome_KeepsWhatItRefersTo()
    {
        var report = (await Cli.RunAsync("snapshot", "gc", "--keep-days", "0", "--dry-run", "--home", trained.Home, "--json")).ShouldSucceed().Json;
        report.GetProperty("snapshots").EnumerateArray().ShouldHaveSingleItem().GetProperty("removed").GetBoolean().ShouldBeFalse();
        report.GetProperty("dry_run").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Gc_OldAndUnreferred_GoesUnlessADataSetNamesIt()
    {
        var digests = new[] { await IngestAsync("a.csv", Reviews(120)), await IngestAsync("b.csv", Reviews(150)) };
        foreach (var folder in digests.Select(digest => Path.Combine(_folder.Home, "snapshots", digest)))
            foreach (var path in new[] { Path.Combine(folder, "manifest.json"), folder })
                File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.CreateDirectory(Path.Combine(_folder.Home, "datasets"));
        // Whether the ingest wrote such pointers of its own does not matter here.
        foreach (var pointer in Directory.GetFiles(Path.Combine(_folder.Home, "datasets")))
            File.Delete(pointer);
        File.WriteAllText(Path.Combine(_folder.Home, "datasets", "reviews.json"), JsonSerializer.Serialize(new { snapshot = digests[0] }));
        (await Cli.RunAsync("snapshot", "gc", "--dry-run", "--home", _folder.Home)).ShouldSucceed().Error.ShouldContain("Would remove 1 of 2 snapshots");
        var report = (await Cli.RunAsync("snapshot", "gc", "--home", _folder.Home, "--json")).ShouldSucceed().Json;
        report.GetProperty("snapshots").EnumerateArray().Single(snapshot => snapshot.GetProperty("removed").GetBoolean()).GetProperty("snapshot").GetString().ShouldBe(digests[1]);
        report.GetProperty("snapshots").EnumerateArray().Single(snapshot => !snapshot.GetProperty("removed").GetBoolean()).GetProperty("reasons")[0].GetString().ShouldBe("data set reviews");
        report.GetProperty("freed_bytes").GetInt64().ShouldBeGreaterThan(0);
        Directory.GetDirectories(Path.Combine(_folder.Home, "snapshots")).Select(Path.GetFileName).ShouldBe([digests[0]]);
    }

    private async Task<string> IngestAsync(string name, string csv) =>
        (await Cli.RunAsync("ingest", _folder.Write(name, csv), "--home", _folder.Home, "--json")).ShouldSucceed().Json.GetProperty("snapshot").GetString()!;

    private static string Reviews(int rows) =>
        "text,label\n" + string.Concat(Enumerable.Range(0, rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"this is review number {i},{(i % 2 == 0 ? "good" : "bad")}\n")));
}
