using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Pipelines.Lineage;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Pipelines.Lineage;

/// <summary>Lineage over a metadata store of any kind, with files as ingest and training leave them.</summary>
public abstract class LineageContract : BackendTests
{
    private const string Source = "/data/reviews.csv";
    private const string Contest = "reviews/0123456789ab";

    private static readonly Guid Prediction = new("018bcfe5-6800-7000-8000-000000000001");

    private readonly ManualTime _time = new();
    private readonly TemporaryFolder _folder = new();

    private Home Home => new(_folder.Path);

    private LineageReader Reader => new(Store, new SharedArtifacts(Home, TimeProvider.System), TimeProvider.System);

    [Fact]
    public async Task Read_AliasUp_EverythingItWasMadeFrom()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        var graph = await Reader.ReadAsync("reviews@champion", LineageDirection.Up, cancellation: Token);
        graph.Nodes.Select(node => node.Key.Kind).Order().ShouldBe(
            [LineageKind.Source, LineageKind.Snapshot, LineageKind.Study, LineageKind.Run, LineageKind.Contract, LineageKind.Bundle, LineageKind.Version, LineageKind.Alias]);
        Edges(graph).ShouldBe(
            [
                $"source:{Digest(900)} {Source} → snapshot:{Digest(1)}", $"snapshot:{Digest(1)} → study:{Contest}", $"snapshot:{Digest(1)} → run:{run}", $"study:{Contest} → run:{run}",
                $"run:{run} → contract:{Digest(3)}", $"run:{run} → bundle:{Digest(2)}", $"contract:{Digest(3)} → bundle:{Digest(2)}", $"bundle:{Digest(2)} → version:reviews/1",
                "version:reviews/1 → alias:reviews@champion",
            ],
            ignoreOrder: true);
        graph.Nodes.Where(node => node.IsMissing).ShouldBeEmpty();
        var alias = graph.Nodes.Single(node => node.Distance == 0);
        alias.Facts.ShouldContain(new KeyValuePair<string, string>("reason", "better"));
        alias.Facts.ShouldContain(new KeyValuePair<string, string>("by", "ann"));
    }

    [Fact]
    public async Task Read_SourceDown_EverythingMadeFromItAndNothingElse()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        await TrainAsync(11, 12, 13, source: "/data/other.csv");
        foreach (var id in (string[])[Source, Digest(900), Digest(900)[..8]])
        {
            var graph = await Reader.ReadAsync(id, LineageDirection.Down, cancellation: Token);
            graph.Roots.Single().Kind.ShouldBe(LineageKind.Source);
            graph.Nodes.Count.ShouldBe(8);
            graph.Nodes[^1].Key.ShouldBe(new LineageKey(LineageKind.Alias, "reviews@champion"));
        }
    }

    [Fact]
    public async Task Read_FromAnyNode_SameGraphWhereOneChain()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        await using (var log = new ServedFeatureLog(Home.ServedFeatures, TimeProvider.System))
            log.Record(new ServedFeatures(Prediction, "r", "reviews/1", "u", null, 1_700_000_000_000_000, new Dictionary<string, float?>(), EntityOutcome.NotSent, EntityOutcome.NotSent));
        var whole = await Reader.ReadAsync(Prediction.ToString(), cancellation: Token);
        whole.Nodes.Count.ShouldBe(8);
        foreach (var id in (string[])[Digest(1), Digest(1)[..6], Contest, Contest + "/logistic", run, run[..8], Digest(3), Digest(2), "reviews/1", "reviews@champion", "reviews"])
        {
            var graph = await Reader.ReadAsync(id, cancellation: Token);
            Names(graph).Where(name => !name.StartsWith("alias:", StringComparison.Ordinal)).ShouldBe(Names(whole).Where(name => !name.StartsWith("prediction:", StringComparison.Ordinal)), id);
            foreach (var node in graph.Nodes)
                (await Reader.ReadAsync(node.Key.ToString(), depth: 0, cancellation: Token)).Roots.ShouldBe([node.Key]);
        }
    }

    [Fact]
    public async Task Read_PredictionOfAServer_TheModelOfItsTime()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        WriteBundle(22, 1, run);
        var node = ServedModelLog.NodeOf(Prediction);
        var made = ServedModelLog.MillisecondsOf(Prediction);
        ServedModelLog.Record(Home.ServedModels, new ServedModelRecord(node, made - 10, "reviews/1", Digest(2)));
        ServedModelLog.Record(Home.ServedModels, new ServedModelRecord(node, made + 10, Digest(22)[..12], Digest(22)));
        (await Made(Prediction)).ShouldBe(new LineageKey(LineageKind.Version, "reviews/1"));
        (await Made(new Guid($"018bcfe5-68ff{Prediction.ToString()[13..]}"))).ShouldBe(new LineageKey(LineageKind.Bundle, Digest(22)));
        await Should.ThrowAsync<MetadataException>(Made(new Guid($"{Prediction.ToString()[..35]}2")));

        async Task<LineageKey> Made(Guid id) => (await Reader.ReadAsync(id.ToString(), LineageDirection.Up, depth: 1, Token)).Nodes.Single(node => node.Distance == -1).Key;
    }

    [Fact]
    public async Task Read_AnotherHostWithTheSameStores_SameGraph()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        WriteBundle(22, 1, run: new string('a', 32));
        var place = ArtifactStoreOptions.Parse(_folder.File("store"), "here", _folder.Path);
        using (var here = new SharedArtifacts(new Home(_folder.Path) { Artifacts = place }, TimeProvider.System))
        {
            foreach (var tree in here.Local(ArtifactKind.Snapshots).Concat(here.Local(ArtifactKind.Bundles)))
                await here.PublishAsync(tree, cancellation: Token);
        }
        using var there = new SharedArtifacts(new Home(_folder.File("there")) { Artifacts = place }, TimeProvider.System);
        var reader = new LineageReader(Store, there, TimeProvider.System);
        foreach (var id in (string[])["reviews@champion", "reviews/1", run, Source, Digest(900)[..8], Digest(1)[..6], Digest(2)[..6], Digest(22)])
        {
            var graph = await reader.ReadAsync(id, cancellation: Token);
            graph.ToJson().ShouldBe((await Reader.ReadAsync(id, cancellation: Token)).ToJson(), id);
        }
        Names(await reader.ReadAsync("Default", cancellation: Token)).ShouldBe(Names(await Reader.ReadAsync(Digest(1), cancellation: Token)), "an experiment's last snapshot stands for the data set of another host");
        Directory.Exists(there.Home.Root).ShouldBeFalse("nothing is fetched but what is read");
    }

    [Fact]
    public async Task Read_BundleTagThatIsNoDigest_IsMissing()
    {
        var tracking = new TrackingStore(Store, _time);
        var run = await tracking.CreateRunAsync(new NewRun { ExperimentId = 0, Data = new RunBatch { Tags = [new("bundle", "../../etc")] } }, Token);
        (await Reader.ReadAsync(run.Id, cancellation: Token)).Nodes.Single(node => node.Key.Kind == LineageKind.Bundle).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public async Task Read_Depth_SoManyStepsBothWays()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        (await Reader.ReadAsync(run, depth: 0, cancellation: Token)).Nodes.Single().Key.Name.ShouldBe(run);
        var graph = await Reader.ReadAsync(run, depth: 1, cancellation: Token);
        graph.Nodes.Select(node => node.Distance).ShouldBe([-1, -1, 0, 1, 1]);
        graph.Edges.ShouldContain(edge => edge.From.Kind == LineageKind.Contract && edge.To.Kind == LineageKind.Bundle);
    }

    [Fact]
    public async Task Read_UnknownOrAmbiguous_Told()
    {
        await TrainAsync(1, 2, 3);
        foreach (var last in "01")
            Directory.CreateDirectory(Path.Combine(Home.Snapshots, new string('0', 63) + last));
        foreach (var id in (string[])["nothing", "reviews/9", "reviews@champion", "ffffff", "018bcfe5-6800-7000-8000-000000000009", "../../etc/passwd", "a\0b", "", "version:x", "version:x/1", "run:" + new string('f', 32)])
            (await Should.ThrowAsync<MetadataException>(Reader.ReadAsync(id, cancellation: Token))).Error.ShouldBe(MetadataError.NotFound, id);
        var ambiguous = await Should.ThrowAsync<MetadataException>(Reader.ReadAsync("000000", cancellation: Token));
        ambiguous.Error.ShouldBe(MetadataError.Invalid);
        ambiguous.Message.ShouldContain("snapshot:");
    }

    [Fact]
    public async Task Read_FilesGone_MissingNodesStayInTheGraph()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        Directory.Delete(Home.Snapshots, recursive: true);
        Directory.Delete(Home.Bundles, recursive: true);
        var graph = await Reader.ReadAsync("reviews/1", cancellation: Token);
        graph.Nodes.Where(node => node.IsMissing).Select(node => node.Key.Kind).ShouldBe([LineageKind.Snapshot, LineageKind.Bundle]);
    }

    [Fact]
    public async Task Read_BundleFromElsewhere_SaysItself()
    {
        WriteBundle(2, 1, run: new string('a', 32));
        WriteSnapshot(1, Source);
        var graph = await Reader.ReadAsync(Digest(2), cancellation: Token);
        Edges(graph).ShouldBe([$"source:{Digest(900)} {Source} → snapshot:{Digest(1)}", $"snapshot:{Digest(1)} → bundle:{Digest(2)}", $"run:{new string('a', 32)} → bundle:{Digest(2)}"], ignoreOrder: true);
        graph.Nodes.Single(node => node.IsMissing).Key.Kind.ShouldBe(LineageKind.Run);
    }

    [Fact]
    public async Task Page_OfAGraph_WellFormedAndInWords()
    {
        var run = await TrainAsync(1, 2, 3);
        await DeployAsync(2, run);
        for (var i = 0; i < 20; i++)
            await TrainAsync(1, 100 + i, 3);
        var page = LineagePage.Render(await Reader.ReadAsync(Digest(1), cancellation: Token));
        var document = System.Xml.Linq.XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        document.Descendants("desc").Single().Value.ShouldContain($"snapshot {Digest(1)[..12]} → ");
        page.ShouldContain("10 more");
        document.Descendants("tbody").Single().Elements("tr").Count().ShouldBe(1 + 1 + 1 + 21 + 1 + 21 + 1 + 1);
    }

    [Fact]
    public async Task Read_ThousandsOfNodes_AllFound()
    {
        const int Runs = 1500;
        await TrainAsync(1, 2, 3);
        await Store.WriteAsync(
            connection =>
            {
                string[] names = ["id", "value", "snapshot"];
                object?[][] rows = [.. Enumerable.Range(0, Runs).Select(i => new object?[] { i.ToString("x32", CultureInfo.InvariantCulture), Digest(5000 + i), Digest(1) })];
                connection.ExecuteEach(
                    "INSERT INTO runs (run_id, experiment_id, run_name, status, start_time, artifact_uri, lifecycle_stage) VALUES (@id, 0, @value, 'finished', 1, @snapshot, 'active')", names, rows);
                connection.ExecuteEach("INSERT INTO tags (run_id, key, value) SELECT @id, 'bundle', @value WHERE @snapshot <> ''", names, rows);
                return connection.ExecuteEach("INSERT INTO dataset_inputs (run_id, snapshot_digest, context) SELECT @id, @snapshot, 'training' WHERE @value <> ''", names, rows);
            },
            Token);
        var graph = await Reader.ReadAsync(Digest(1), cancellation: Token);
        graph.Nodes.Count.ShouldBe(6 + (2 * Runs));
        graph.IsCut.ShouldBeFalse();
    }

    protected override void Cleanup() => _folder.Dispose();

    private static string Digest(int number) => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(number)));

    private static IEnumerable<string> Names(LineageGraph graph) => graph.Nodes.Select(node => node.Key.ToString()).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Edges(LineageGraph graph) => graph.Edges.Select(edge => $"{edge.From} → {edge.To}");

    private async Task<string> TrainAsync(int snapshot, int bundle, int contract, string source = Source)
    {
        var tracking = new TrackingStore(Store, _time);
        WriteSnapshot(snapshot, source);
        var run = await tracking.CreateRunAsync(
            new NewRun
            {
                ExperimentId = 0,
                Data = new RunBatch
                {
                    Tags = [new("bundle", Digest(bundle)), new("contract", Digest(contract)), .. source == Source ? [new("contest", Contest)] : Array.Empty<KeyValuePair<string, string>>()],
                    Inputs = [new DatasetInput(Digest(snapshot), "training")],
                },
            },
            Token);
        WriteBundle(bundle, snapshot, run.Id);
        await Store.WriteAsync(
            connection => connection.Execute(
                "INSERT INTO contests (name, request, creation_time) VALUES (@name, @request, 1) ON CONFLICT DO NOTHING",
                ("name", Contest), ("request", $$"""{"experiment":"reviews","snapshot":"{{Digest(1)}}"}""")),
            Token);
        return run.Id;
    }

    private async Task DeployAsync(int bundle, string run)
    {
        var registry = new ModelRegistry(Store, _ => true, _time);
        var version = await registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = Digest(bundle), RunId = run, SnapshotDigest = Digest(1) }, "ann", Token);
        await registry.SetAliasAsync("reviews", "champion", version.Version, "ann", "better", Token);
    }

    private void WriteSnapshot(int number, string source)
    {
        var folder = Path.Combine(Home.Snapshots, Digest(number));
        Directory.CreateDirectory(folder);
        var manifest = new JsonObject
        {
            ["labels"] = new JsonArray("a", "b"),
            ["counts"] = new JsonObject { ["train"] = 8, ["valid"] = 1, ["test"] = 1 },
            ["sources"] = new JsonArray(new JsonObject { ["name"] = source, ["size"] = 1, ["sha256"] = Digest(source == Source ? 900 : 901) }),
        };
        File.WriteAllText(Path.Combine(folder, "manifest.json"), manifest.ToJsonString());
        Directory.CreateDirectory(Home.Datasets);
        if (number == 1)
            File.WriteAllText(Path.Combine(Home.Datasets, "reviews.json"), $$"""{"format_version":1,"name":"reviews","snapshot":"{{Digest(1)}}","ingested":"2026-01-01T00:00:00Z"}""");
    }

    private void WriteBundle(int number, int snapshot, string run)
    {
        var folder = Path.Combine(Home.Bundles, Digest(number));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "manifest.json"), $$$"""{"training":{"snapshot":"{{{Digest(snapshot)}}}"}}""");
        File.WriteAllText(Path.Combine(folder, "about.json"), $$"""{"run_id":"{{run}}"}""");
    }
}
