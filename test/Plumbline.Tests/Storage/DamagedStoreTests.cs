using Microsoft.Data.Sqlite;
using Plumbline.Storage;
using Plumbline.Tests.Datasets;
using Plumbline.Tracking;

namespace Plumbline.Tests.Storage;

public sealed class DamagedStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Home Home => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_WholeStore_NoFaults()
    {
        await DamagedFile.CreateAsync(Home.Database);
        var findings = StoreInspection.Inspect(Home);
        findings.Select(finding => finding.Check).ShouldBe(["pages", "references", "schema", "audit log"]);
        findings.ShouldAllBe(finding => finding.Faults.Count == 0 && finding.Found.Length > 0);
        findings[3].Found.ShouldBe("50 events");
    }

    [Fact]
    public async Task Read_DestroyedPageOfATable_DamagedAndTheRestIsSaved()
    {
        var runs = await DamagedFile.CreateAsync(Home.Database);
        DamagedFile.DestroyLeaf(Home.Database, "params");
        await using (var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System))
        {
            var tracking = new TrackingStore(store, TimeProvider.System);
            var exception = await Should.ThrowAsync<MetadataException>(tracking.ListRunsAsync(new RunQuery { Limit = DamagedFile.Runs }, Token));
            exception.Error.ShouldBe(MetadataError.Damaged);
            exception.Message.ShouldContain("plumbline store check");
            (await tracking.CreateExperimentAsync("elsewhere", Token)).Id.ShouldBe(1);
        }
        StoreInspection.Inspect(Home)[0].Faults.ShouldNotBeEmpty();
        Should.Throw<MetadataException>(() => StoreBackup.Write(Home, _folder.File("backup.db"), TimeProvider.System)).Error.ShouldBe(MetadataError.Damaged);
        File.Exists(_folder.File("backup.db")).ShouldBeFalse();

        var saved = StoreSalvage.Save(Home, _folder.File("saved.db"), TimeProvider.System).ToDictionary(table => table.Name);
        saved["runs"].ShouldBe(new SalvagedTable("runs", DamagedFile.Runs, 0, 0));
        saved["params"].Unreadable.ShouldBeInRange(1, 100);
        saved["params"].Rows.ShouldBe((10 * DamagedFile.Runs) - saved["params"].Unreadable);

        StoreBackup.Restore(Home, _folder.File("saved.db"), replace: true, TimeProvider.System).ShouldNotBeNull();
        await using var restored = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);
        var found = (await new TrackingStore(restored, TimeProvider.System).ListRunsAsync(new RunQuery { Limit = DamagedFile.Runs }, Token)).Runs;
        found.Select(run => run.Id).Order().ShouldBe(runs.Order());
        found.Sum(run => run.Params.Count).ShouldBe((int)saved["params"].Rows);
        (await new EventLog(restored).VerifyAsync(cancellation: Token)).Fault.ShouldBeNull();
    }

    [Fact]
    public async Task Save_DestroyedPageOfAParent_RowsThatReferToItAreLeftOut()
    {
        await DamagedFile.CreateAsync(Home.Database);
        DamagedFile.DestroyLeaf(Home.Database, "runs");
        var saved = StoreSalvage.Save(Home, _folder.File("saved.db"), TimeProvider.System).ToDictionary(table => table.Name);
        var lost = saved["runs"].Unreadable;
        lost.ShouldBeGreaterThan(0);
        saved["params"].ShouldBe(new SalvagedTable("params", 10 * (DamagedFile.Runs - lost), 0, 10 * lost));
        StoreInspection.Inspect(new Home(Moved("saved.db"))).ShouldAllBe(finding => finding.Faults.Count == 0);
    }

    [Fact]
    public async Task Save_DestroyedPageOfAnIndex_NothingLost()
    {
        await DamagedFile.CreateAsync(Home.Database);
        DamagedFile.DestroyLeaf(Home.Database, "params_by_value");
        StoreInspection.Inspect(Home)[0].Faults.ShouldNotBeEmpty();
        StoreSalvage.Save(Home, _folder.File("saved.db"), TimeProvider.System).ShouldAllBe(table => table.Unreadable == 0 && table.Orphans == 0);
        StoreInspection.Inspect(new Home(Moved("saved.db"))).ShouldAllBe(finding => finding.Faults.Count == 0);
    }

    [Fact]
    public async Task Save_CountersLost_NumbersAreNotGivenOutAgain()
    {
        await DamagedFile.CreateAsync(Home.Database);
        DamagedFile.DestroyLeaf(Home.Database, "counters");
        StoreSalvage.Save(Home, _folder.File("saved.db"), TimeProvider.System);
        await using var store = SqliteMetadataStore.Open(_folder.File("saved.db"), TimeProvider.System);
        (await store.WriteAsync(connection => Counter.Next(connection, "event"), Token)).ShouldBe(51);
    }

    [Fact]
    public async Task Save_Counters_AllAreKnown()
    {
        await using var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);
        store.Read(connection => connection.Query("SELECT name FROM counters WHERE name <> @before ORDER BY name", row => row.GetString(0), ("before", AuditChain.BeforeChain)))
            .ShouldBe(StoreSalvage.Counters.Select(known => known.Counter).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0, "no database at all, whatever its name says")]
    [InlineData(100, "the page that leads to all tables")]
    public async Task Open_DestroyedHeader_DamagedAndNothingToBeSaved(int offset, string bytes)
    {
        await DamagedFile.CreateAsync(Home.Database);
        DamagedFile.Overwrite(Home.Database, offset, System.Text.Encoding.ASCII.GetBytes(bytes));
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(Home.Database, TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.Damaged);
        exception.Message.ShouldContain(Home.Database);
        StoreInspection.Inspect(Home)[0].Faults.ShouldNotBeEmpty();
        Should.Throw<MetadataException>(() => StoreSalvage.Save(Home, _folder.File("saved.db"), TimeProvider.System)).Message.ShouldContain("plumbline store restore");
        Directory.GetFileSystemEntries(_folder.Path, "*saved*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Save_FileCutShort_WhatIsThereIsSaved()
    {
        await DamagedFile.CreateAsync(Home.Database);
        DamagedFile.Overwrite(Home.Database, 0, "SQLite"u8.ToArray());
        using (var file = new FileStream(Home.Database, FileMode.Open))
            file.SetLength(file.Length * 3 / 4 / 4096 * 4096);
        StoreInspection.Inspect(Home)[0].Faults.ShouldNotBeEmpty();
        var saved = StoreSalvage.Save(Home, _folder.File("saved.db"), TimeProvider.System);
        saved.Sum(table => table.Rows).ShouldBeGreaterThan(DamagedFile.Runs);
        saved.Sum(table => table.Unreadable).ShouldBeGreaterThan(0);
        StoreInspection.Inspect(new Home(Moved("saved.db")))[0].Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Inspect_ReferencesAuditLogAndSchemaBroken_EachNamed()
    {
        await DamagedFile.CreateAsync(Home.Database);
        using (var connection = SqliteFile.Open(Home.Database, SqliteOpenMode.ReadWrite))
        {
            connection.Execute("PRAGMA foreign_keys=OFF; INSERT INTO params (run_id, key, value) VALUES ('nobody', 'k', 'v')");
            connection.Execute("DROP TRIGGER events_stay; UPDATE events SET actor = 'eve' WHERE id = 7");
            connection.Execute("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (1000, 'later', 'x', 0)");
        }
        var findings = StoreInspection.Inspect(Home);
        findings[0].Faults.ShouldBeEmpty();
        findings[1].Faults.ShouldBe(["1 row of params refers to what is not in runs."]);
        findings[2].Faults.Single().ShouldContain("schema version");
        findings[3].Faults[0].ShouldContain("Event 7");
        findings[3].Faults[1].ShouldContain("trigger");
        Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(Home.Database, TimeProvider.System)).Message.ShouldContain("Use the newer Plumbline");
    }

    [Fact]
    public async Task Open_ReadOnlyDisk_UnavailableWithWhatToDo()
    {
        using var disk = SmallDisk.Mount(16);
        var home = new Home(disk.Path);
        await DamagedFile.CreateAsync(home.Database);
        disk.MakeReadOnly();
        var exception = Should.Throw<MetadataException>(() => SqliteMetadataStore.Open(home.Database, TimeProvider.System));
        exception.Error.ShouldBe(MetadataError.Unavailable);
        exception.Message.ShouldContain("writable");
    }

    [Fact]
    public async Task Write_DiskFull_NothingAcknowledgedLostAndLaterWritesStored()
    {
        using var disk = SmallDisk.Mount(8);
        var path = Path.Combine(disk.Path, "plumbline.db");
        await using var store = SqliteMetadataStore.Open(path, TimeProvider.System);
        var tracking = new TrackingStore(store, TimeProvider.System);
        var acknowledged = new List<string>();
        MetadataException? refused = null;
        while (refused is null)
        {
            try
            {
                acknowledged.Add((await tracking.CreateRunAsync(new NewRun { Data = new RunBatch { Tags = [.. Enumerable.Range(0, 20).Select(i => KeyValuePair.Create($"t{i}", new string('x', 5000)))] } }, Token)).Id);
            }
            catch (MetadataException exception)
            {
                refused = exception;
            }
        }
        refused.Error.ShouldBe(MetadataError.Unavailable);
        refused.Message.ShouldContain("free some space");
        Should.Throw<MetadataException>(() => StoreBackup.Write(new Home(disk.Path), Path.Combine(disk.Path, "backup.db"), TimeProvider.System)).Error.ShouldBe(MetadataError.Unavailable);
        Directory.GetFiles(disk.Path).Select(Path.GetFileName).ShouldAllBe(name => name!.StartsWith("plumbline.db", StringComparison.Ordinal));

        disk.Grow(64);
        acknowledged.Add((await tracking.CreateRunAsync(new NewRun(), Token)).Id);
        (await tracking.ListRunsAsync(new RunQuery { Limit = 10_000 }, Token)).Runs.Select(run => run.Id).Order().ShouldBe(acknowledged.Order());
        StoreInspection.Inspect(new Home(disk.Path)).ShouldAllBe(finding => finding.Faults.Count == 0);
    }

    private string Moved(string file)
    {
        var home = Directory.CreateDirectory(_folder.File("moved")).FullName;
        File.Move(_folder.File(file), Path.Combine(home, "plumbline.db"));
        return home;
    }
}
