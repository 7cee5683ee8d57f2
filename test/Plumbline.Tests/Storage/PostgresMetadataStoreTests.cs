using System.Data.Common;
using Npgsql;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Storage;

public sealed class PostgresMetadataStoreTests(PostgresServer server) : MetadataStoreContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lazy<string> _address = new(server.CreateStoreAddress);

    [Fact]
    public async Task Open_Again_KeepsContentAndAppliesNothing()
    {
        await Write(connection => Insert(connection, 1));
        await using var again = OpenStore();
        again.Read(connection => connection.Scalar("SELECT text FROM notes")).ShouldBe("x");
        again.Read(connection => connection.Scalar("SELECT COUNT(*) FROM schema_migrations")).ShouldBe((long)Migration.Embedded().Count);
    }

    [Fact]
    public async Task Open_ManyAtOnceInNewSchema_MigratedOnce()
    {
        var options = server.CreateStore();
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => PostgresMetadataStore.Open(options, TimeProvider.System), Token)));
        foreach (var store in stores)
        {
            store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM schema_migrations")).ShouldBe((long)Migration.Embedded().Count);
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_OlderSchema_AppliesWhatIsMissingAndOrdersTextsByBytes()
    {
        var next = Migration.Embedded().Count + 1;
        IReadOnlyList<Migration> longer = [.. Migration.Embedded(), new(next, "next", "CREATE TABLE words (word TEXT PRIMARY KEY); INSERT INTO words (word) VALUES ('b'), ('A'), ('a'), ('Z');")];
        await using var store = OpenStore(migrations: longer);
        store.Read(connection => connection.Query("SELECT word FROM words ORDER BY word", row => row.GetString(0))).ShouldBe(["A", "Z", "a", "b"]);
        store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM schema_migrations")).ShouldBe((long)next);
    }

    [Fact]
    public async Task Open_MigrationFails_NothingOfItStays()
    {
        IReadOnlyList<Migration> broken = [.. Migration.Embedded(), new(Migration.Embedded().Count + 1, "broken", "CREATE TABLE half (id BIGINT); SELECT * FROM nowhere;")];
        Should.Throw<DbException>(() => OpenStore(migrations: broken));
        await using var store = OpenStore();
        store.Read(connection => connection.Scalar("SELECT to_regclass('half')::text")).ShouldBeNull();
    }

    [Fact]
    public async Task Open_NewerSchema_RefusedWithBothVersions()
    {
        var newest = Migration.Embedded().Count;
        await Write(connection => connection.Execute(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (@version, 'later', 'x', 0)", ("version", newest + 1)));
        var exception = Should.Throw<MetadataException>(() => OpenStore());
        exception.Error.ShouldBe(MetadataError.SchemaMismatch);
        exception.Message.ShouldContain($"schema version {newest + 1}");
    }

    [Fact]
    public async Task Open_TablesOfAnotherProgram_Refused()
    {
        await Write(connection => connection.Execute("DROP TABLE schema_migrations"));
        var exception = Should.Throw<MetadataException>(() => OpenStore());
        exception.Error.ShouldBe(MetadataError.SchemaMismatch);
        exception.Message.ShouldContain("Search Path");
    }

    [Theory]
    [InlineData("/stores", "/nowhere", "Create the database")]
    [InlineData(PostgresServer.Password, "hunter2hunter2", "Check user and password")]
    [InlineData("tester:", "nobody:", "Check user and password")]
    [InlineData("search_path=", "search_path=no_", "CREATE SCHEMA")]
    public void Open_WrongAddress_UnavailableWithWhatToDo(string right, string wrong, string advice)
    {
        var exception = Should.Throw<MetadataException>(() => OpenStore(_address.Value.Replace(right, wrong, StringComparison.Ordinal)));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain(advice);
        exception.Message.ShouldContain($"postgres://127.0.0.1:{server.Port}/");
        exception.ToString().ShouldNotContain("hunter2");
        exception.ToString().ShouldNotContain(PostgresServer.Password);
    }

    [Fact]
    public void Open_NobodyListens_UnavailableAtOnce()
    {
        var exception = Should.Throw<MetadataException>(() => OpenStore(_address.Value.Replace($":{server.Port}", ":1", StringComparison.Ordinal)));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain("Is the server running");
    }

    [Fact]
    public async Task Write_ServerOnlyReads_UnavailableAndReadsAnswered()
    {
        const string ReadOnly = "&Options=-c%20default_transaction_read_only%3Don";
        await using var store = OpenStore(_address.Value + ReadOnly);
        var exception = await Should.ThrowAsync<MetadataException>(Write(connection => Insert(connection, 1), store));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain("Target Session Attributes=read-write");
        store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM notes")).ShouldBe(0L);
        Should.Throw<MetadataException>(() => OpenStore(server.CreateStoreAddress() + ReadOnly)).Message.ShouldContain("takes no writes");
    }

    [Fact]
    public void RequireVersion_Older_SaysWhichIsNeeded()
    {
        var where = PostgresStoreOptions.Parse("postgres://db/x", "test")!;
        Should.Throw<MetadataException>(() => PostgresErrors.RequireVersion(new Version(14, 9), where)).Message.ShouldContain("PostgreSQL 14.9, but 15 or later");
        PostgresErrors.RequireVersion(new Version(15, 0), where);
    }

    [Fact]
    public async Task Write_FailureSwallowedByTheChange_IsNotAcknowledged()
    {
        await Should.ThrowAsync<DbException>(Write(Swallow));
        await Should.ThrowAsync<DbException>(Store.WriteConcurrentlyAsync(Swallow, Token));
        Store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM notes")).ShouldBe(0L);

        static int Swallow(DbConnection connection)
        {
            Insert(connection, 1);
            try
            {
                return Insert(connection, 1);
            }
            catch (DbException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task Write_LockedByAnother_UnavailableAfterThePatience()
    {
        await using var impatient = OpenStore(patience: TimeSpan.FromMilliseconds(50));
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var holder = Write(connection =>
        {
            entered.Set();
            release.Wait();
            return 0;
        });
        entered.Wait(Token);
        (await Should.ThrowAsync<MetadataException>(Write(connection => Insert(connection, 1), impatient))).Error.ShouldBe(MetadataError.Unavailable);
        await Should.ThrowAsync<MetadataException>(impatient.WriteConcurrentlyAsync(connection => Insert(connection, 1), Token));
        impatient.Read(connection => connection.Scalar("SELECT COUNT(*) FROM notes")).ShouldBe(0L, "reads do not wait for writers");
        release.Set();
        await holder;
        await Write(connection => Insert(connection, 1), impatient);
    }

    [Fact]
    public async Task WriteAndRead_ConnectionLostOnce_RunAgain()
    {
        var runs = 0;
        await Write(LoseOnce);
        runs = 0;
        await Store.WriteConcurrentlyAsync(LoseOnce, Token);
        runs = 0;
        Store.Read(connection => LoseOnceOn(connection, "SELECT COUNT(*) FROM notes")).ShouldBe(2L);

        object? LoseOnce(DbConnection connection) => LoseOnceOn(connection, "INSERT INTO notes (id, text) SELECT COUNT(*), 'x' FROM notes");

        object? LoseOnceOn(DbConnection connection, string sql)
        {
            if (++runs == 1)
                server.Execute("postgres", $"SELECT pg_terminate_backend({((NpgsqlConnection)connection).ProcessID})");
            return connection.Scalar(sql);
        }
    }

    protected override IMetadataStore Open() => OpenStore();

    protected override void Cleanup()
    {
    }

    private PostgresMetadataStore OpenStore(string? address = null, IReadOnlyList<Migration>? migrations = null, TimeSpan? patience = null) => PostgresMetadataStore.Open(
        PostgresStoreOptions.Parse(address ?? _address.Value, "test")!, TimeProvider.System, migrations ?? Migration.Embedded(), patience ?? Patience);

    private static int Insert(DbConnection connection, int id) => connection.Execute("INSERT INTO notes (id, text) VALUES (@id, 'x')", ("id", id));
}
