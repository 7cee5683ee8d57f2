using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Registry;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Registry.Gates;

/// <summary>A process that publishes bundles, registers and promotes them is killed at some moment; what it left must hold together.</summary>
public sealed class PromotionCrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(23)]
    public Task Promote_ProcessKilled_NothingTornOrLost(int acknowledged) => KillAsync(acknowledged);

    [Fact(Explicit = true)]
    public async Task Promote_KilledAtHundredMoments_NothingTornOrLost()
    {
        for (var acknowledged = 1; acknowledged <= 100; acknowledged++)
            await KillAsync(acknowledged);
    }

    [Fact(Explicit = true)]
    public async Task Child_PromotesUntilKilled()
    {
        var home = new Home(Environment.GetEnvironmentVariable(ChildProcess.Folder)!);
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var registry = RegistryOf(store, home);
        var promotions = PromotionsOf(store, home);
        await KilledWriter.WriteAsync(async number =>
        {
            var digest = WrittenBundle.Publish(home.Bundles, (int)number);
            var version = await registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = digest, Description = number.ToString(CultureInfo.InvariantCulture) }, "child", Token);
            while (!await TryPromoteAsync(promotions, version.Version))
                Token.ThrowIfCancellationRequested();
        });
    }

    private static async Task<bool> TryPromoteAsync(PromotionStore promotions, long version)
    {
        try
        {
            await promotions.PromoteAsync(await promotions.EvaluateAsync("reviews", version, "champion", new GateOptions(), Token), "child", "newest", cancellation: Token);
            return true;
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.Conflict)
        {
            return false;
        }
    }

    private static async Task KillAsync(int moment)
    {
        using var folder = new TemporaryFolder();
        var acknowledged = await KilledWriter.RunAsync(typeof(PromotionCrashTests), nameof(Child_PromotesUntilKilled), folder, moment);
        var home = new Home(folder.Path);
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var versions = await RegistryOf(store, home).ListVersionsAsync("reviews", 10_000, cancellation: Token);
        foreach (var version in versions)
            Should.NotThrow(() => BundleFacts.Read(Path.Combine(home.Bundles, version.RequireBundle())));

        long? champion = null;
        var champions = new HashSet<long>();
        foreach (var e in await new EventLog(store).ListAsync("reviews@champion", limit: 10_000, cancellation: Token))
        {
            var detail = JsonNode.Parse(e.Detail)!;
            ((long?)detail["previous"]).ShouldBe(champion);
            champions.Add((champion = (long)detail["version"]!).Value);
        }
        store.Read(connection => connection.Query("SELECT version FROM model_aliases", row => row.GetInt64(0))).ShouldBe([champion!.Value]);
        acknowledged.ShouldAllBe(number => versions.Any(version => version.Description == number.ToString(CultureInfo.InvariantCulture) && champions.Contains(version.Version)));
        store.Read(connection => (long)connection.Scalar("SELECT COUNT(*) FROM gate_evaluations")!).ShouldBe(champions.Count);
    }

    private static ModelRegistry RegistryOf(IMetadataStore store, Home home) => new(store, digest => Directory.Exists(Path.Combine(home.Bundles, digest)), TimeProvider.System);

    private static PromotionStore PromotionsOf(IMetadataStore store, Home home) =>
        new(store, new EvidenceStore(home, new TrackingStore(store, TimeProvider.System), TimeProvider.System), TimeProvider.System);
}
