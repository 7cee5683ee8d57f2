using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Features.Online;

public sealed class EmbeddedFeatureStoreCrashTests
{
    private const int Users = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ApplyAsync_ProcessKilled_EverythingAcknowledgedIsThereOnce()
    {
        using var folder = new TemporaryFolder();
        var acknowledged = await KilledWriter.RunAsync(typeof(EmbeddedFeatureStoreCrashTests), nameof(Child_AppliesUntilKilled), folder, kill: 300);
        await using var store = EmbeddedFeatureStore.Open(folder.File("store"), null, TimeProvider.System);
        var repeats = await store.ApplyAsync([.. acknowledged.Select(Event)], Token);
        repeats.ShouldBe(new EventCounts(0, acknowledged.Count));
        for (var user = 0; user < Users; user++)
        {
            var known = (await FeatureStoreContract.FindAsync(store, (EntityKind.User, $"u{user}"))).State(0).Records;
            known.ShouldBeInRange(acknowledged.Count(i => i % Users == user), acknowledged.Count(i => i % Users == user) + KilledWriter.Writers);
        }
    }

    [Fact(Explicit = true)]
    public async Task Child_AppliesUntilKilled()
    {
        await using var store = EmbeddedFeatureStore.Open(
            Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, "store"), null, TimeProvider.System, mostLogBytes: 4096);
        await KilledWriter.WriteAsync(number => store.ApplyAsync([Event(number)], Token));
    }

    private static EntityEvent Event(long number) => FeatureStoreContract.Observation($"{number}", $"u{number % Users}", null, (int)number, (int)number);
}
