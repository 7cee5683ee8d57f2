using System.IO.Pipes;
using Microsoft.Data.Sqlite;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Parts;
using Plumbline.Tracking;

namespace Plumbline.Tests.Storage;

public sealed class StoreBackupTests(PostgresServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Home Home => new(_folder.File("home"));

    private string Backup => _folder.File("backup.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_WhileOthersWrite_HoldsWhatWasAcknowledgedBefore()
    {
        await using var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);
        var tracking = new TrackingStore(store, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var acknowledged = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                    acknowledged.Enqueue((await tracking.CreateRunAsync(new NewRun(), Token)).Id);
            },
            Token)).ToArray();
        while (acknowledged.Count < 200)
            await Task.Yield();
        var before = acknowledged.ToArray();
        StoreBackup.Write(Home, Backup, TimeProvider.System);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        File.Exists(Backup + "-wal").ShouldBeFalse();
        var other = new Home(_folder.File("other"));
        StoreBackup.Restore(other, Backup, replace: false, TimeProvider.System).ShouldBeNull();
        await using var restored = SqliteMetadataStore.Open(other.Database, TimeProvider.System);
        var found = restored.Read(connection => connection.Query("SELECT run_id FROM runs", row => row.GetString(0))).ToHashSet();
        before.ShouldAllBe(id => found.Contains(id));
        found.ShouldAllBe(id => acknowledged.Contains(id));
    }

    [Fact]
    public async Task Restore_FromEitherDatabaseIntoEither_SameRows()
    {
        var (first, second) = (InPostgres(), InPostgres());
        await using (var store = PostgresMetadataStore.Open(first.Store!, TimeProvider.System))
            await FillAsync(store);
        StoreBackup.Write(first, Backup, TimeProvider.System);
        StoreBackup.Restore(Home, Backup, replace: false, TimeProvider.System);
        StoreBackup.Write(Home, _folder.File("again.db"), TimeProvider.System);
        StoreBackup.Restore(second, _folder.File("again.db"), replace: false, TimeProvider.System);
        StoreBackup.Write(second, _folder.File("last.db"), TimeProvider.System);
        var rows = Rows(Backup);
        rows.Count.ShouldBeGreaterThan(50);
        Rows(_folder.File("again.db")).ShouldBe(rows);
        Rows(_folder.File("last.db")).ShouldBe(rows);

        StoreInspection.Inspect(second).ShouldAllBe(finding => finding.Faults.Count == 0);
        await using var restored = PostgresMetadataStore.Open(second.Store!, TimeProvider.System);
        (await new EventLog(restored).VerifyAsync(cancellation: Token)).Fault.ShouldBeNull();
        (await new TrackingStore(restored, TimeProvider.System).CreateRunAsync(new NewRun(), Token)).Status.ShouldBe(RunStatus.Running);
        (await new ModelRegistry(restored, _ => true, TimeProvider.System).ListVersionsAsync("reviews", cancellation: Token)).Single().Version.ShouldBe(1);
    }

    [Fact]
    public async Task Restore_PostgresWithTables_RefusedAndUntouched()
    {
        var target = InPostgres();
        await SqliteMetadataStore.Open(Home.Database, TimeProvider.System).DisposeAsync();
        StoreBackup.Write(Home, Backup, TimeProvider.System);
        await using var store = PostgresMetadataStore.Open(target.Store!, TimeProvider.System);
        await FillAsync(store);
        var exception = Should.Throw<MetadataException>(() => StoreBackup.Restore(target, Backup, replace: true, TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.Conflict);
        exception.Message.ShouldContain("Search Path");
        (await new TrackingStore(store, TimeProvider.System).ListRunsAsync(new RunQuery(), Token)).Runs.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Inspect_Postgres_BrokenReferenceAndEventNamed()
    {
        var home = InPostgres();
        await using var store = PostgresMetadataStore.Open(home.Store!, TimeProvider.System);
        await FillAsync(store);
        StoreInspection.Inspect(home).ShouldAllBe(finding => finding.Faults.Count == 0);
        await store.WriteAsync(
            connection => connection.Execute(
                """
                ALTER TABLE params DISABLE TRIGGER ALL; INSERT INTO params (run_id, key, value) VALUES ('nobody', 'k', 'v');
                INSERT INTO metrics (run_id, key, step, timestamp, value, is_nan) VALUES ('nobody', 'k', 1, 1, 1, 0);
                ALTER TABLE events DISABLE TRIGGER events_stay; UPDATE events SET actor = 'eve' WHERE id = 1
                """),
            Token);
        var findings = StoreInspection.Inspect(home);
        findings[0].Faults.ShouldBeEmpty();
        findings[1].Faults.ShouldBe(["1 row of params refers to what is not in runs.", "1 row of metrics refers to what is not in runs."]);
        findings[3].Faults.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Write_FileIsThere_RefusedAndUntouched()
    {
        await SqliteMetadataStore.Open(Home.Database, TimeProvider.System).DisposeAsync();
        await File.WriteAllTextAsync(Backup, "dear", Token);
        Should.Throw<MetadataException>(() => StoreBackup.Write(Home, Backup, TimeProvider.System)).Error.ShouldBe(MetadataError.Conflict);
        (await File.ReadAllTextAsync(Backup, Token)).ShouldBe("dear");
        Should.Throw<MetadataException>(() => StoreBackup.Write(new Home(_folder.File("nothing")), _folder.File("b.db"), TimeProvider.System)).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Restore_StoreIsThere_RefusedThenMovedAwayWhole()
    {
        await using (var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System))
        {
            StoreBackup.Write(Home, Backup, TimeProvider.System);
            await FillAsync(store);
        }
        Should.Throw<MetadataException>(() => StoreBackup.Restore(Home, Backup, replace: false, TimeProvider.System)).Message.ShouldContain("--replace");
        var moved = StoreBackup.Restore(Home, Backup, replace: true, TimeProvider.System);
        Runs(Home.Database).ShouldBe(0);
        Runs(moved!).ShouldBe(5);
        Directory.GetFiles(Home.Root).Select(Path.GetFileName).ShouldAllBe(name => !name!.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restore_LogOfADatabaseThatIsGone_NotTakenForThatOfTheBackup()
    {
        await using (var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System))
            StoreBackup.Write(Home, Backup, TimeProvider.System);
        var (crashed, log) = (new Home(_folder.File("crashed")), _folder.File("log"));
        await using (var store = SqliteMetadataStore.Open(crashed.Database, TimeProvider.System))
        {
            await FillAsync(store);
            File.Copy(crashed.Database + "-wal", log);
        }
        var empty = new Home(_folder.File("empty"));
        Directory.CreateDirectory(empty.Root);
        File.Copy(log, empty.Database + "-wal");
        StoreBackup.Restore(empty, Backup, replace: false, TimeProvider.System);
        Runs(empty.Database).ShouldBe(0);
    }

    [Fact]
    public async Task Restore_StoreIsInUse_Refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the system itself refuses to move a file in use");
        await using (var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System))
            StoreBackup.Write(Home, Backup, TimeProvider.System);
        await using var pipe = new NamedPipeServerStream(_folder.File("pipe"), PipeDirection.InOut);
        using var child = ChildProcess.Start(typeof(StoreBackupTests), nameof(Child_HoldsAStoreOpen), _folder.Path);
        try
        {
            var connection = pipe.WaitForConnectionAsync(Token);
            if (await Task.WhenAny(connection, child.WaitForExitAsync(Token)) != connection)
                Assert.Fail(await child.StandardOutput.ReadToEndAsync(Token));
            var exception = Should.Throw<MetadataException>(() => StoreBackup.Restore(Home, Backup, replace: true, TimeProvider.System));
            exception.Error.ShouldBe(MetadataError.Conflict);
            exception.Message.ShouldContain("is in use");
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(Token);
        }
        StoreBackup.Restore(Home, Backup, replace: true, TimeProvider.System).ShouldNotBeNull();
    }

    [Fact(Explicit = true)]
    public async Task Child_HoldsAStoreOpen()
    {
        var folder = Environment.GetEnvironmentVariable(ChildProcess.Folder)!;
        await using var store = SqliteMetadataStore.Open(Path.Combine(folder, "home", "plumbline.db"), TimeProvider.System);
        store.Read(connection => connection.Scalar("SELECT COUNT(*) FROM runs"));
        await using var pipe = new NamedPipeClientStream(".", Path.Combine(folder, "pipe"), PipeDirection.InOut);
        await pipe.ConnectAsync(Token);
        await pipe.ReadExactlyAsync(new byte[1], Token);
    }

    [Fact]
    public async Task Restore_NoWholeBackup_RefusedAndNothingWritten()
    {
        Should.Throw<MetadataException>(() => StoreBackup.Restore(Home, Backup, replace: false, TimeProvider.System)).Error.ShouldBe(MetadataError.NotFound);
        await DamagedFile.CreateAsync(Backup);
        DamagedFile.DestroyLeaf(Backup, "runs_by_start");
        Should.Throw<MetadataException>(() => StoreBackup.Restore(Home, Backup, replace: false, TimeProvider.System)).Error.ShouldBe(MetadataError.Damaged);
        await File.WriteAllTextAsync(_folder.File("other.db"), "no database, though it is long enough", Token);
        Should.Throw<MetadataException>(() => StoreBackup.Restore(Home, _folder.File("other.db"), replace: false, TimeProvider.System)).Error.ShouldBe(MetadataError.Damaged);
        using (var empty = SqliteFile.Open(_folder.File("foreign.db"), SqliteOpenMode.ReadWriteCreate))
            empty.Execute("CREATE TABLE x (y)");
        Should.Throw<MetadataException>(() => StoreBackup.Restore(Home, _folder.File("foreign.db"), replace: false, TimeProvider.System)).Error.ShouldBe(MetadataError.SchemaMismatch);
        File.Exists(Home.Database).ShouldBeFalse();
    }

    private Home InPostgres() => new(_folder.File("home")) { Store = server.CreateStore() };

    private static async Task FillAsync(IMetadataStore store)
    {
        var tracking = new TrackingStore(store, TimeProvider.System);
        var parent = await tracking.CreateRunAsync(new NewRun(), Token);
        for (var i = 0; i < 4; i++)
        {
            await tracking.CreateRunAsync(
                new NewRun
                {
                    ParentId = parent.Id,
                    Data = new RunBatch
                    {
                        Params = [new("C", "0,1 \u00fc\U0001F600")],
                        Metrics = [new("f1", double.NaN, 1, 1), new("loss", double.NegativeInfinity, 2, 1), new("acc", 0.1 + 0.2, 3, 1)],
                        Tags = [new("empty", "")],
                        Inputs = [new DatasetInput(new string('a', 64), "training")],
                    },
                },
                Token);
        }
        var registry = new ModelRegistry(store, _ => true, TimeProvider.System);
        await registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = new string('b', 64) }, "ann", Token);
        await registry.SetAliasAsync("reviews", "champion", 1, "ann", "better", Token);
    }

    private static int Runs(string path)
    {
        using var connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly);
        return (int)(long)connection.Scalar("SELECT COUNT(*) FROM runs")!;
    }

    private static List<string> Rows(string path)
    {
        using var connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly);
        return
        [
            .. StoreTable.Of(connection).SelectMany(table => connection.Query(
                $"SELECT {string.Join(" || ' | ' || ", table.Columns.Select(column => $"quote({column.Name})"))} FROM {table.Name} ORDER BY 1", row => $"{table.Name}: {row.GetString(0)}")),
        ];
    }
}
