using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Plumbline.Tests.Parts;

namespace Plumbline.Cli.Tests.Commands;

public sealed class ArtifactsTests(TrainedHome trained, PostgresServer server, S3Server s3)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Train_WithAnArtifactStore_AnotherHostServesAndMeasuresTheModel(bool onS3)
    {
        using var folder = new TemporaryFolder();
        string[] stores = ["--store", server.CreateStoreAddress(), "--artifacts", onS3 ? await S3AddressAsync(folder) : folder.File("artifacts"), "--json"];
        string[] first = ["--home", folder.File("first"), .. stores], second = ["--home", folder.File("second"), .. stores];
        var bundle = (await Cli.RunAsync(["train", trained.Data, "--families", "logistic", "--register", "reviews", .. first])).ShouldSucceed().Json.GetProperty("bundle").GetString()!;
        (await Cli.RunAsync(["promote", "reviews/1", "--reason", "first", .. first])).ShouldSucceed();
        Directory.Move(folder.File("first"), folder.File("gone"));
        string prediction;

        using (var process = Cli.Start(folder.Path, ["serve", "--model", "reviews@champion", "--port", "0", .. second]))
        {
            var error = process.StandardError.ReadToEndAsync(Token);
            var line = await process.StandardOutput.ReadLineAsync(Token) ?? throw new InvalidOperationException(await error);
            using var client = new HttpClient { BaseAddress = new Uri(JsonDocument.Parse(line).RootElement.GetProperty("url").GetString()!) };
            using var answer = await client.PostAsJsonAsync("/predict", new { text = "good" }, Token);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            prediction = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("prediction_id").GetString()!;
            await Cli.SignalAsync(process, "TERM");
            await process.WaitForExitAsync(Token);
        }
        Directory.GetDirectories(folder.File("second/bundles")).Select(Path.GetFileName).ShouldBe([Path.GetFileName(bundle)]);

        string[] third = ["--home", folder.File("third"), .. stores];
        var compared = (await Cli.RunAsync(["compare", Path.GetFileName(bundle)[..12], "reviews/1", .. third])).ShouldSucceed().Json;
        compared.ToString().ShouldContain("macro_f1");
        (await Cli.RunAsync(["gates", "reviews/1", .. third])).ShouldSucceed();
        var graph = (await Cli.RunAsync(["lineage", prediction, .. third])).ShouldSucceed().Json.GetProperty("nodes").EnumerateArray().ToArray();
        graph.Select(node => node.GetProperty("kind").GetString()).ShouldBe(["source", "snapshot", "run", "contract", "bundle", "version", "prediction"], ignoreOrder: true);
        graph.ShouldAllBe(node => !node.GetProperty("missing").GetBoolean());
        var snapshots = (await Cli.RunAsync(["artifacts", .. third])).ShouldSucceed().Json.EnumerateArray().Select(tree => tree.GetProperty("tree").GetString()!).ToArray();
        snapshots.Select(tree => tree.Split('/')[0]).ShouldBe(["bundles", "snapshots", "runs", "predictions"], "the server put its log there");
        var report = (await Cli.RunAsync(["artifacts", "fetch", snapshots[2], "--home", folder.File("fourth"), .. stores])).ShouldSucceed().Json.EnumerateArray().Single().GetString()!;
        File.Exists(Path.Combine(report, "report.html")).ShouldBeTrue();
        (await Cli.RunAsync(["artifacts", "fetch", $"runs/{new string('0', 32)}", .. third])).ShouldFail(5, "metadata", "has no runs/0");
        (await Cli.RunAsync(["artifacts", "fetch", "predictions/x", .. third])).ShouldFail(2, "usage", "is none of bundles/DIGEST");
        (await Cli.RunAsync(["snapshot", "show", snapshots[1].Split('/')[1][..12], "--verify=content", .. third])).ShouldSucceed();
        (await Cli.RunAsync(["artifacts", "check", .. third])).ShouldSucceed().Json.GetProperty("faults").GetArrayLength().ShouldBe(0);
        (await Cli.RunAsync(["artifacts", "remove", snapshots[1], .. third])).ShouldFail(5, "metadata", "stays: model reviews/1");
        (await Cli.RunAsync(["artifacts", "remove", snapshots[2], .. third])).ShouldFail(5, "metadata", "the run is not deleted");
        (await Cli.RunAsync(["artifacts", "remove", $"snapshots/{new string('0', 64)}", $"runs/{new string('0', 32)}", .. third])).ShouldSucceed();
    }

    [Fact]
    public async Task Push_HomeBeforeTheStore_GivesItAndMends()
    {
        using var folder = new TemporaryFolder();
        var root = folder.File("artifacts");
        string[] home = ["--home", trained.Home, "--artifacts", root, "--json"];
        (await Cli.RunAsync(["artifacts", "push", .. home])).ShouldSucceed().Json.GetProperty("bundles").GetInt32().ShouldBeGreaterThanOrEqualTo(1);
        var checkedFirst = (await Cli.RunAsync(["artifacts", "check", .. home])).ShouldSucceed().Json;
        var blob = Directory.GetFiles(Path.Combine(root, "blobs"), "*", SearchOption.AllDirectories).MaxBy(file => new FileInfo(file).Length)!;
        using (var file = File.Open(blob, FileMode.Open))
        {
            var before = file.ReadByte();
            file.Position = 0;
            file.WriteByte((byte)~before);
        }
        var damaged = await Cli.RunAsync(["artifacts", "check", "--remove", .. home]);
        damaged.Code.ShouldBe(5);
        damaged.Error.ShouldContain($"{Path.GetFileName(blob)}: its SHA-256 is another; named by ");
        (await Cli.RunAsync(["artifacts", "push", .. home])).ShouldSucceed();
        (await Cli.RunAsync(["artifacts", "check", .. home])).ShouldSucceed().Json.GetProperty("blobs").GetInt32().ShouldBe(checkedFirst.GetProperty("blobs").GetInt32());
        (await Cli.RunAsync(["artifacts", "gc", .. home])).ShouldSucceed().Json.GetProperty("blobs").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("s3://", "names no bucket")]
    [InlineData("s3://bucket?endpoint=nowhere", "--artifacts: endpoint is no address")]
    [InlineData("s3://bucket?access_key=hunter2hunter2", "needs access_key and secret_key together")]
    [InlineData("s3://bucket?secret=hunter2hunter2", "'secret' is no key of an artifact store's address")]
    [InlineData("s3://bucket/../x", "is refused")]
    [InlineData("ftp://ann:hunter2@host/x", "the address of the artifact store cannot be read")]
    [InlineData("file:/nowhere/at/all", "cannot be read")]
    public async Task Any_WrongAddress_SaysSoWithoutTheSecret(string address, string message)
    {
        var answer = await Cli.RunAsync("artifacts", "--artifacts", address, "--json");
        answer.ShouldFail(5, "metadata", message);
        (answer.Out + answer.Error).ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Any_NoStore_SaysHowToNameOne() => (await Cli.RunAsync("artifacts", "--home", trained.Home, "--artifacts", "none", "--json")).ShouldFail(2, "usage", "--artifacts");

    [Fact]
    public async Task Artifacts_OfTheProject_IsRelativeToIt()
    {
        using var folder = new TemporaryFolder();
        folder.Write("address", "shared\n");
        folder.Write("plumbline.yaml", "artifacts: {file: address}");
        (await Cli.RunProcessAsync(folder.Path, "artifacts", "gc", "--json")).ShouldSucceed();
        File.Exists(folder.File("shared/plumbline-artifacts.json")).ShouldBeTrue();
        Directory.Exists(folder.File(".plumbline")).ShouldBeFalse();
    }

    /// <summary>In a file, as it has keys.</summary>
    private async Task<string> S3AddressAsync(TemporaryFolder folder)
    {
        await s3.CreateBucketAsync("hosts");
        return "file:" + folder.Write("address", $"s3://hosts/of/tests?endpoint=http://127.0.0.1:{s3.Port}&access_key={Uri.EscapeDataString(S3Server.AccessKey)}&secret_key={S3Server.SecretKey}\n");
    }
}
