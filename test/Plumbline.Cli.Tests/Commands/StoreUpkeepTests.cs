using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Commands;

public sealed class StoreUpkeepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Home Home => new(_folder.Home);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Store_BackupAndRestore_ThereAndBack()
    {
        await SqliteMetadataStore.Open(Home.Database, TimeProvider.System).DisposeAsync();
        var file = _folder.File("store.db");
        var backup = (await RunAsync("store", "backup", file)).ShouldSucceed().Json;
        backup.GetProperty("file").GetString().ShouldBe(file);
        backup.GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(file).Length);
        (await RunAsync("store", "backup", file)).ShouldFail(5, "metadata", "is there already");
        (await RunAsync("store", "restore", file)).ShouldFail(5, "metadata", "--replace");
        var moved = (await RunAsync("store", "restore", file, "--replace")).ShouldSucceed().Json.GetProperty("replaced").GetString()!;
        File.Exists(moved).ShouldBeTrue();
        var whole = (await RunAsync("store", "check")).ShouldSucceed().Json;
        whole.GetProperty("whole").GetBoolean().ShouldBeTrue();
        whole.GetProperty("checks").GetArrayLength().ShouldBe(4);
    }

    [Fact]
    public async Task Store_Damaged_EveryCommandSaysWhatToDo()
    {
        await SqliteMetadataStore.Open(Home.Database, TimeProvider.System).DisposeAsync();
        File.WriteAllText(Home.Database, new string('z', 10_000));
        (await RunAsync("runs")).ShouldFail(5, "metadata", "plumbline store restore FILE --replace");
        var check = await RunAsync("store", "check");
        check.Code.ShouldBe(5);
        check.Json.GetProperty("whole").GetBoolean().ShouldBeFalse();
        (await RunAsync("store", "repair", _folder.File("saved.db"))).ShouldFail(5, "metadata", "nothing can be saved");
        (await Cli.RunAsync("store", "check", "--home", _folder.Home)).Error.ShouldContain("is not whole");
    }

    [Fact]
    public async Task Store_NothingThere_SaysSo()
    {
        foreach (var command in (string[][])[["check"], ["backup", _folder.File("b.db")], ["repair", _folder.File("s.db")], ["restore", _folder.File("b.db")]])
            (await RunAsync(["store", .. command])).ShouldFail(5, "metadata", "There is no metadata store");
    }

    private Task<Answer> RunAsync(params string[] args) => Cli.RunAsync([.. args, "--home", _folder.Home, "--json"]);
}
