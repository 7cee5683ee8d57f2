using Plumbline.Tests.Parts;

namespace Plumbline.Cli.Tests.Commands;

public sealed class StoreTests(TrainedHome trained, PostgresServer server)
{
    [Fact]
    public async Task Train_StoreOnPostgres_RunAndVersionAreThere()
    {
        using var folder = new TemporaryFolder();
        string[] store = ["--home", folder.Home, "--store", server.CreateStoreAddress(), "--json"];
        (await Cli.RunAsync(["train", trained.Data, "--families", "logistic", "--register", "reviews", .. store])).ShouldSucceed();
        (await Cli.RunAsync(["runs", .. store])).ShouldSucceed().Json.GetArrayLength().ShouldBe(1);
        (await Cli.RunAsync(["models", "alias", "reviews", "champion", "1", "--expect", "0", .. store])).ShouldSucceed();
        (await Cli.RunAsync(["models", "alias", "reviews", "other", "1", "--expect", "1", .. store])).ShouldFail(5, "metadata", "reviews@other is nothing by now, not version 1 as expected");
        File.Exists(Path.Combine(folder.Home, "plumbline.db")).ShouldBeFalse();
        (await Cli.RunAsync("runs", "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "holds nothing yet");
    }

    [Fact]
    public async Task Runs_StoreOfTheProject_IsOpened()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("address"), server.CreateStoreAddress());
        File.WriteAllText(folder.File("plumbline.yaml"), "store: {file: address}");
        (await Cli.RunProcessAsync(folder.Path, "runs", "--json")).ShouldSucceed().Json.GetArrayLength().ShouldBe(0);
        Directory.Exists(folder.File(".plumbline")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("postgres://ann:hunter2@127.0.0.1:1/reviews", "Metadata store postgres://127.0.0.1:1/reviews: ")]
    [InlineData("mysql://ann:hunter2@127.0.0.1/reviews", "--store: the address of the metadata store cannot be read")]
    public async Task Runs_WrongStore_SaysSoWithoutThePassword(string address, string message)
    {
        var answer = await Cli.RunAsync("runs", "--store", address, "--json");
        answer.ShouldFail(5, "metadata", message);
        (answer.Out + answer.Error).ShouldNotContain("hunter2");
    }
}
