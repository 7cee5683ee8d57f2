using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Parts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Registry;

public sealed class RegistryMigrationTests(PostgresServer server)
{
    private const int Before = 3;
    private const string Old = """
        INSERT INTO registered_models (name, description, creation_time, last_version) VALUES ('reviews', 'd', 5, 3), ('tickets', '', 6, 1);
        INSERT INTO model_versions (name, version, bundle_digest, run_id, snapshot_digest, description, creation_time)
        VALUES ('tickets', 1, 'b1', NULL, NULL, '', 7), ('reviews', 1, 'b1', 'r1', 's1', 'first', 8), ('reviews', 3, 'b3', NULL, NULL, '', 9);
        INSERT INTO model_version_tags (name, version, key, value) VALUES ('reviews', 1, 'team', 'nlp'), ('tickets', 1, 'k', 'v');
        INSERT INTO model_aliases (name, alias, version, update_time) VALUES ('reviews', 'champion', 3, 10);
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Open_SqliteOfAnEarlierVersion_KeepsModelsVersionsAndAliases()
    {
        using var folder = new TemporaryFolder();
        await Migrate(migrations => SqliteMetadataStore.Open(folder.File("plumbline.db"), TimeProvider.System, migrations, Patience));
    }

    [Fact]
    public async Task Open_PostgresOfAnEarlierVersion_KeepsModelsVersionsAndAliases()
    {
        var place = server.CreateStore();
        await Migrate(migrations => PostgresMetadataStore.Open(place, TimeProvider.System, migrations, Patience));
    }

    private static async Task Migrate(Func<IReadOnlyList<Migration>, IMetadataStore> open)
    {
        var token = TestContext.Current.CancellationToken;
        await using (var old = open([.. Migration.Embedded().Take(Before)]))
            await old.WriteAsync(connection => connection.Execute(Old), token);
        await using var store = open(Migration.Embedded());
        var registry = new ModelRegistry(store, _ => true, TimeProvider.System);
        var champion = await registry.ResolveAsync("reviews@champion", token);
        (champion.Version, champion.BundleDigest, champion.Stage, champion.LastUpdateTime).ShouldBe((3, "b3", ModelStage.None, 9));
        var first = await registry.GetVersionAsync("reviews", 1, token);
        (first.RunId, first.SnapshotDigest, first.Description, first.CreationTime).ShouldBe(("r1", "s1", "first", 8));
        first.Tags.ShouldBe([KeyValuePair.Create("team", "nlp")]);
        (await registry.GetVersionAsync("tickets", 1, token)).Tags.ShouldBe([KeyValuePair.Create("k", "v")]);
        (await registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = new string('a', 64) }, "ann", token)).Version.ShouldBe(4);
        (await registry.GetModelAsync("reviews", token)).LastUpdateTime.ShouldBeGreaterThan(5);
    }
}
