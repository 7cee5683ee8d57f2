using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Storage;

public sealed class PostgresCrashTests(PostgresServer server)
{
    private const int PerProcess = 25;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ProcessKilled_EverythingAcknowledgedIsThere()
    {
        using var folder = new TemporaryFolder();
        var address = server.CreateStoreAddress();
        var acknowledged = await KilledWriter.RunAsync(typeof(PostgresCrashTests), nameof(Child_WritesUntilKilled), folder, kill: 300, address);
        await using var store = OpenStore(address);
        var stored = store.Read(connection => connection.Query("SELECT value FROM counters WHERE name LIKE 'row%'", row => row.GetInt64(0)));
        acknowledged.ShouldBeSubsetOf(stored);
        stored.Count.ShouldBeLessThanOrEqualTo(acknowledged.Count + KilledWriter.Writers);
        await store.WriteAsync(connection => connection.Execute("DELETE FROM counters WHERE name LIKE 'row%'"), Token);
    }

    [Fact(Explicit = true)]
    public async Task Child_WritesUntilKilled()
    {
        await using var store = OpenStore(Environment.GetEnvironmentVariable(ChildProcess.Argument)!);
        await KilledWriter.WriteAsync(value => value % 2 == 0
            ? store.WriteAsync(connection => InsertRow(connection, value), Token)
            : store.WriteConcurrentlyAsync(connection => InsertRow(connection, value), Token));
    }

    [Fact]
    public async Task Write_ServerCrashesAmidThousand_AllAcknowledgedAndNoneTwice()
    {
        using var cluster = PostgresCluster.Create(PostgresServer.Password);
        Assert.SkipWhen(cluster is null, "There is no PostgreSQL (Debian's package postgresql) on this machine.");
        await using var store = OpenStore($"postgres://tester:{PostgresServer.Password}@127.0.0.1:{cluster.Port}/postgres?Maximum%20Pool%20Size=20");
        var acknowledged = 0;
        var restarted = new TaskCompletionSource();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var number = (writer * 50) + i;
                    // A number is given out by every change, so that one done twice leaves a gap.
                    await (writer % 4 == 0
                        ? store.WriteAsync(connection => InsertRow(connection, number) + Counter.Next(connection, "event"), Token)
                        : store.WriteConcurrentlyAsync(connection => InsertRow(connection, number) + Counter.Next(connection, "event"), Token));
                    if (Interlocked.Increment(ref acknowledged) != 300)
                        continue;
                    cluster.Restart();
                    restarted.SetResult();
                }
            },
            Token)));
        await restarted.Task;
        store.Read(connection => connection.Query("SELECT value FROM counters WHERE name LIKE 'row%' ORDER BY value", row => row.GetInt32(0))).ShouldBe(Enumerable.Range(0, 1000));
        store.Read(connection => connection.Scalar("SELECT value FROM counters WHERE name = 'event'")).ShouldBe(1000L);
    }

    [Fact]
    public async Task Write_ConnectionsCutAnywhereInAnswers_EachStoredOnce()
    {
        const int Writes = 80;
        // Answers to a login come first; each later connection lives a little longer than the one before.
        using var proxy = new FaultyProxy(server.Port, number => number == 0 ? null : 1500 + (37 * number));
        var address = server.CreateStoreAddress().Replace($":{server.Port}", $":{proxy.Port}", StringComparison.Ordinal) + "&application_name=cut";
        await using var store = OpenStore(address);
        server.Execute("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut'");
        for (var i = 0; i < Writes; i++)
            await store.WriteConcurrentlyAsync(connection => InsertRow(connection, i) + Counter.Next(connection, "event"), Token);
        proxy.Connections.ShouldBeGreaterThan(10);
        store.Read(connection => connection.Scalar("SELECT value FROM counters WHERE name = 'event'")).ShouldBe((long)Writes);
    }

    [Fact]
    public async Task Registry_TwoProcessesRace_NumbersUniqueOneChainAndEachMoveWonOnce()
    {
        using var folder = new TemporaryFolder();
        var address = server.CreateStoreAddress();
        using var first = ChildProcess.Start(typeof(PostgresCrashTests), nameof(Child_RegistersAndMoves), folder.Path, address);
        using var second = ChildProcess.Start(typeof(PostgresCrashTests), nameof(Child_RegistersAndMoves), folder.Path, address);
        foreach (var child in new[] { first, second })
        {
            var output = await child.StandardOutput.ReadToEndAsync(Token);
            await child.WaitForExitAsync(Token);
            child.ExitCode.ShouldBe(0, output);
        }

        await using var store = OpenStore(address);
        var registry = new ModelRegistry(store, _ => true, TimeProvider.System);
        (await registry.ListVersionsAsync("reviews", cancellation: Token)).Select(version => version.Version).ShouldBe(Enumerable.Range(1, 2 * PerProcess).Reverse().Select(i => (long)i));
        long? at = null;
        var events = await new EventLog(store).ListAsync("reviews@champion", cancellation: Token);
        foreach (var e in events)
        {
            var detail = JsonNode.Parse(e.Detail)!;
            ((long?)detail["previous"]).ShouldBe(at);
            at = (long)detail["version"]!;
        }
        registry.Resolve("reviews@champion").Version.ShouldBe(at!.Value);
        Directory.GetFiles(folder.Path, "won-*").Sum(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)).ShouldBe(events.Count);
    }

    [Fact(Explicit = true)]
    public async Task Child_RegistersAndMoves()
    {
        await using var store = OpenStore(Environment.GetEnvironmentVariable(ChildProcess.Argument)!);
        var registry = new ModelRegistry(store, _ => true, TimeProvider.System);
        var won = 0;
        for (var i = 0; i < PerProcess; i++)
        {
            var bundle = new NewModelVersion { BundleDigest = $"{(Environment.ProcessId << 8) + i:x64}" };
            var version = await registry.RegisterAsync("reviews", bundle, "child", Token);
            var seen = (await registry.GetModelAsync("reviews", Token)).Aliases.TryGetValue("champion", out var champion) ? champion : default(long?);
            try
            {
                await registry.MoveAliasAsync("reviews", "champion", seen, version.Version, "child", "newest", Token);
                won++;
            }
            catch (MetadataException exception) when (exception.Error == MetadataError.Conflict)
            {
                // The other process was told that it won.
            }
        }
        await File.WriteAllTextAsync(Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, $"won-{Environment.ProcessId}"), won.ToString(CultureInfo.InvariantCulture), Token);
    }

    private static PostgresMetadataStore OpenStore(string address) => PostgresMetadataStore.Open(PostgresStoreOptions.Parse(address, "test")!, TimeProvider.System);

    private static long InsertRow(DbConnection connection, long value) =>
        connection.Execute("INSERT INTO counters (name, value) VALUES (@name, @value)", ("name", $"row {value}"), ("value", value));
}
