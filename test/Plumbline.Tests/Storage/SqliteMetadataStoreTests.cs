using System.Data.Common;
using Microsoft.Data.Sqlite;
using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class SqliteMetadataStoreTests : MetadataStoreContract
{
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("home/plumbline.db");

    [Fact]
    public async Task Write_HundredAtOnce_FewCommits()
    {
        var store = (SqliteMetadataStore)Store;
        var before = store.Commits;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => Write(connection => Insert(connection, $"{i}")), Token)));
        (store.Commits - before).ShouldBeLessThan(30);
        store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM notes")).ShouldBe(100L);
    }

    [Fact]
    public async Task Connections_Settings_AreThoseOfTheContract()
    {
        (await Write(connection => connection.Scalar("PRAGMA synchronous"))).ShouldBe(2L, "FULL");
        (await Write(connection => connection.Scalar("PRAGMA foreign_keys"))).ShouldBe(1L);
        Store.Read(connection => connection.Scalar("PRAGMA journal_mode")).ShouldBe("wal");
        Store.Read(connection => connection.Scalar("PRAGMA foreign_keys")).ShouldBe(1L);
    }

    [Fact]
    public async Task Write_DiskFull_UnavailableAndLaterWritesStored()
    {
        await Write(connection => connection.Scalar($"PRAGMA max_page_count = {(long)connection.Scalar("PRAGMA page_count")! + 4}"));
        var small = Write(connection => Insert(connection, "small"));
        var large = Write(connection => Insert(connection, new string('x', 1 << 20)));
        (await Should.ThrowAsync<MetadataException>(large)).Error.ShouldBe(MetadataError.Unavailable);
        await small;
        await Write(connection => Insert(connection, "after"));
        Store.Read(connection => connection.Query("SELECT text FROM notes ORDER BY text", row => row.GetString(0))).ShouldBe(["after", "small"]);
    }

    [Fact]
    public async Task Write_TransactionEndedByDelegate_WholeGroupFailsAndLaterWritesStored()
    {
        await Should.ThrowAsync<DbException>(Write(connection => connection.Execute("ROLLBACK")));
        await Write(connection => Insert(connection, "after"));
        Store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM notes")).ShouldBe(1L);
    }

    [Fact]
    public async Task Write_LockedByAnother_UnavailableAfterTheTimeout()
    {
        await using var impatient = SqliteMetadataStore.Open(Database, TimeProvider.System, Migration.Embedded(), TimeSpan.FromMilliseconds(50));
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var holder = Write(connection =>
        {
            entered.Set();
            release.Wait();
            return 0;
        });
        entered.Wait(Token);
        var exception = await Should.ThrowAsync<MetadataException>(Write(connection => Insert(connection, "never"), impatient));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain(Database);
        impatient.Read(connection => connection.Scalar("SELECT COUNT(*) FROM notes")).ShouldBe(0L, "reads do not wait for writers");
        release.Set();
        await holder;
        await Write(connection => Insert(connection, "now"), impatient);
    }

    [Fact]
    public async Task Open_Again_KeepsContentAndAppliesNothing()
    {
        await Write(connection => Insert(connection, "kept"));
        await Store.DisposeAsync();
        await using var again = SqliteMetadataStore.Open(Database, TimeProvider.System);
        again.Read(connection => connection.Scalar("SELECT text FROM notes")).ShouldBe("kept");
        again.Read(connection => connection.Scalar("SELECT COUNT(*) FROM schema_migrations")).ShouldBe((long)Migration.Embedded().Count);
    }

    [Fact]
    public async Task Open_OlderSchema_AppliesWhatIsMissingInOrder()
    {
        await Store.DisposeAsync();
        var next = Migration.Embedded().Count + 1;
        IReadOnlyList<Migration> longer =
        [
            .. Migration.Embedded(),
            new(next, "next", "ALTER TABLE notes ADD COLUMN mood TEXT; UPDATE notes SET mood = 'calm';"),
            new(next + 1, "after", "CREATE INDEX notes_by_mood ON notes (mood);"),
        ];
        await using var store = SqliteMetadataStore.Open(Database, TimeProvider.System, longer, BusyTimeout);
        store.Read(connection => connection.Query("SELECT version FROM schema_migrations ORDER BY version", row => row.GetInt32(0)))
            .ShouldBe(Enumerable.Range(1, next + 1));
    }

    [Fact]
    public async Task Open_MigrationFails_NothingOfItStays()
    {
        await Store.DisposeAsync();
        var next = Migration.Embedded().Count + 1;
        IReadOnlyList<Migration> broken = [.. Migration.Embedded(), new(next, "broken", "CREATE TABLE half (id BIGINT); SELECT * FROM nowhere;")];
        Should.Throw<DbException>(() => SqliteMetadataStore.Open(Database, TimeProvider.System, broken, BusyTimeout));
        await using var store = SqliteMetadataStore.Open(Database, TimeProvider.System);
        store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'")).ShouldBe(0L);
    }

    [Fact]
    public async Task Open_NewerSchema_RefusedWithBothVersions()
    {
        var newest = Migration.Embedded().Count;
        await Write(connection => connection.Execute(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (@version, 'later', 'x', 0)", ("version", newest + 1)));
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(Database, TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.SchemaMismatch);
        exception.Message.ShouldContain($"schema version {newest + 1}");
        exception.Message.ShouldContain($"up to {newest}");
    }

    [Fact]
    public async Task Open_MigrationOfAnotherBuild_Refused()
    {
        await Write(connection => connection.Execute("UPDATE schema_migrations SET checksum = 'fedcba9876543210' WHERE version = 1"));
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(Database, TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.SchemaMismatch);
        exception.Message.ShouldContain("0001_initial");
    }

    [Fact]
    public void Checksum_OtherLineEnds_Same() =>
        new Migration(1, "a", "x;\r\ny;").Checksum.ShouldBe(new Migration(1, "a", "x;\ny;").Checksum);

    [Fact]
    public async Task Open_DatabaseOfAnotherProgram_Refused()
    {
        await Write(connection => connection.Execute("DROP TABLE schema_migrations"));
        Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(Database, TimeProvider.System)).Error.ShouldBe(MetadataError.SchemaMismatch);
    }

    [Fact]
    public async Task Open_CopyMadeByVacuum_WalAgain()
    {
        var copy = _folder.File("copy.db");
        using (var source = new SqliteConnection($"Data Source={Database};Pooling=false"))
        {
            source.Open();
            source.Execute("VACUUM INTO @copy", ("copy", copy));
        }
        await using var store = SqliteMetadataStore.Open(copy, TimeProvider.System);
        store.Read(connection => connection.Scalar("PRAGMA journal_mode")).ShouldBe("wal");
    }

    [Theory]
    [InlineData("not a database, though long enough to hold a header: ")]
    [InlineData("SQLite format 3\0")]
    public void Open_NotADatabase_Damaged(string beginning)
    {
        var file = _folder.File("broken.db");
        File.WriteAllText(file, beginning + new string('z', 5000));
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(file, TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.Damaged);
        exception.Message.ShouldContain(file);
    }

    [Fact]
    public async Task Open_TruncatedFile_Damaged()
    {
        await Store.DisposeAsync();
        using (var file = new FileStream(Database, FileMode.Open))
            file.SetLength(file.Length / 2);
        var exception = Should.Throw<MetadataException>(() =>
        {
            var store = SqliteMetadataStore.Open(Database, TimeProvider.System);
            store.Read(connection => connection.Query("SELECT * FROM model_versions", row => row.GetString(0)));
        });
        exception.Error.ShouldBe(MetadataError.Damaged);
    }

    [Fact]
    public void Open_FolderCannotBeMade_Unavailable()
    {
        File.WriteAllText(_folder.File("file"), "");
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(_folder.File("file/plumbline.db"), TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain("--home");
    }

    [Fact]
    public void Open_ReadOnlyFolder_Unavailable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a folder that not even root may write to");
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open("/proc/self/plumbline.db", TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain("writable");
    }

    [Fact]
    public async Task Open_ManyAtOnceOnNewFile_OneSchema()
    {
        var file = _folder.File("raced.db");
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SqliteMetadataStore.Open(file, TimeProvider.System), Token)));
        foreach (var store in stores)
        {
            store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM schema_migrations")).ShouldBe((long)Migration.Embedded().Count);
            await store.DisposeAsync();
        }
    }

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(Database, TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();

    private static int Insert(DbConnection connection, string text) =>
        connection.Execute("INSERT INTO notes (id, text) SELECT COALESCE(MAX(id), 0) + 1, @text FROM notes", ("text", text));
}
