using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class SqliteCrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ProcessKilled_EverythingAcknowledgedIsThere()
    {
        using var folder = new TemporaryFolder();
        var acknowledged = await KilledWriter.RunAsync(typeof(SqliteCrashTests), nameof(Child_WritesUntilKilled), folder, kill: 500);
        await using var store = SqliteMetadataStore.Open(folder.File("plumbline.db"), TimeProvider.System);
        var stored = store.Read(connection => connection.Query("SELECT value FROM counters WHERE name LIKE 'row%'", row => row.GetInt64(0))).ToHashSet();
        acknowledged.ShouldAllBe(value => stored.Contains(value));
        store.Read(connection => connection.Scalar("PRAGMA integrity_check")).ShouldBe("ok");
        await store.WriteAsync(connection => connection.Execute("DELETE FROM counters WHERE name LIKE 'row%'"), Token);
    }

    [Fact(Explicit = true)]
    public async Task Child_WritesUntilKilled()
    {
        await using var store = SqliteMetadataStore.Open(Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, "plumbline.db"), TimeProvider.System);
        await KilledWriter.WriteAsync(value => store.WriteAsync(
            connection => connection.Execute("INSERT INTO counters (name, value) VALUES (@name, @value)", ("name", $"row {value}"), ("value", value)), Token));
    }
}
