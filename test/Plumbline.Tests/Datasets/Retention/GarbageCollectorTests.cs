using Plumbline.Datasets;
using Plumbline.Datasets.Retention;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Datasets.Retention;

public sealed class GarbageCollectorTests : IDisposable
{
    private static readonly RetentionOptions Week = new();
    private static readonly RetentionOptions Nothing = new() { KeepDays = 0 };

    private readonly SourceFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_UnreferredAndOld_IsRemoved()
    {
        var snapshot = Ingest(100);
        var report = Collect(8, Week);
        report.Snapshots.ShouldHaveSingleItem().Reasons.ShouldBe(["nobody refers to it; used 8 days ago"]);
        report.FreedBytes.ShouldBe(snapshot.Manifest.Size);
        Directory.GetFileSystemEntries(_folder.Snapshots).ShouldBeEmpty();
        Collect(8, Week).Snapshots.ShouldBeEmpty();
    }

    [Fact]
    public void Run_Referred_IsKeptAndSaysByWhom()
    {
        var snapshot = Ingest(100);
        Collect(8, Week, (snapshot.Digest, "run 1")).Snapshots.ShouldHaveSingleItem().Reasons.ShouldBe(["run 1"]);
        Snapshot.Open(snapshot.Directory).Digest.ShouldBe(snapshot.Digest);
    }

    [Fact]
    public void Run_ReferredToSinceItWasAsked_IsKept()
    {
        var snapshot = Ingest(100);
        var time = new ManualTime { UnixMilliseconds = TimeProvider.System.GetUtcNow().AddDays(8).ToUnixTimeMilliseconds() };
        var asked = new List<string>();
        var collector = new GarbageCollector(_folder.Home, time)
        {
            ReferredBy = digest =>
            {
                asked.Add(digest);
                if (asked.Count == 1)
                    return null;
                Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory)).Message.ShouldContain("being removed");
                return "pipeline run 1";
            },
        };
        collector.Run(Array.Empty<string>().ToLookup(digest => digest), Week, dryRun: false, Stop).Snapshots.ShouldHaveSingleItem().Reasons.ShouldBe(["pipeline run 1"]);
        asked.ShouldBe([snapshot.Digest, snapshot.Digest]);
        Snapshot.Open(snapshot.Directory).Digest.ShouldBe(snapshot.Digest);
    }

    [Theory]
    [InlineData(6.9, 0, false)]
    [InlineData(7.1, 0, true)]
    [InlineData(7.1, 1, false)]
    public void Run_ByAgeOrNumber_KeepsTheYoungest(double days, int keep, bool removed)
    {
        Ingest(100);
        Collect(days, Week with { Keep = keep }).Snapshots.ShouldHaveSingleItem().Removed.ShouldBe(removed);
    }

    [Fact]
    public void Run_JustMade_StaysWhateverIsAsked() => (Ingest(100), Collect(0, Nothing)).Item2.Snapshots.ShouldHaveSingleItem().Removed.ShouldBeFalse();

    [Fact]
    public void Run_MadeAgain_IsYoungAgain()
    {
        var snapshot = Ingest(100);
        foreach (var path in new[] { Path.Combine(snapshot.Directory, "manifest.json"), snapshot.Directory })
            File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Collect(0, Week, dryRun: true).Snapshots.ShouldHaveSingleItem().Removed.ShouldBeTrue();
        Ingest(100);
        Collect(0, Week).Snapshots.ShouldHaveSingleItem().Removed.ShouldBeFalse();
        new SnapshotStore(_folder.Home).List()[0].Created.Year.ShouldBe(2020);
    }

    [Fact]
    public void Run_DryRun_RemovesNothing()
    {
        var snapshot = Ingest(100);
        var temporary = Path.Combine(_folder.Snapshots, $".{Guid.NewGuid():N}.tmp");
        Directory.CreateDirectory(temporary);
        var report = Collect(8, Week, dryRun: true);
        report.Snapshots.ShouldHaveSingleItem().Removed.ShouldBeTrue();
        report.Swept.ShouldBe([temporary]);
        Directory.GetFileSystemEntries(_folder.Snapshots).Order().ShouldBe(new[] { snapshot.Directory, temporary }.Order());
    }

    [Fact]
    public void Run_BeingRead_IsKept()
    {
        var snapshot = Ingest(10_000);
        using (var batches = snapshot.Read(Split.Train, 100, Stop).GetEnumerator())
        {
            batches.MoveNext().ShouldBeTrue();
            Collect(8, Week).Snapshots.ShouldHaveSingleItem().Reasons.ShouldHaveSingleItem().ShouldContain("being read");
            var rows = 100L;
            while (batches.MoveNext())
                rows += batches.Current.Count;
            rows.ShouldBe(snapshot.Count(Split.Train));
        }
        Collect(8, Week).Snapshots.ShouldHaveSingleItem().Removed.ShouldBeTrue();
    }

    [Fact]
    public void Run_DamagedManifest_IsLeftToTheUser()
    {
        var snapshot = Ingest(100);
        File.WriteAllText(Path.Combine(snapshot.Directory, "manifest.json"), "{");
        Collect(8, Week).Snapshots.ShouldHaveSingleItem().Reasons.ShouldHaveSingleItem().ShouldContain("left to you");
        Directory.Exists(snapshot.Directory).ShouldBeTrue();
    }

    [Fact]
    public void Run_ManifestThatMayNotBeRead_IsKeptAndTheOthersAreCollected()
    {
        var forbidden = Ingest(100);
        Ingest(200);
        SnapshotStoreTests.Forbid(forbidden);
        var report = Collect(8, Week);
        report.Snapshots.Single(one => !one.Removed).Reasons.ShouldHaveSingleItem().ShouldStartWith("its manifest cannot be read, so that it is left to you: ");
        report.Snapshots.Count(one => one.Removed).ShouldBe(1);
    }

    [Fact]
    public void Run_Leftovers_GoByTheirAge()
    {
        var leftovers = new[] { "temporary/spill/block", "validations/1/report.html" }.Select(name => _folder.Write($"home/{name}", "x")).ToArray();
        Collect(0.5, Nothing).Swept.ShouldBeEmpty();
        Collect(2, Nothing).Swept.ShouldBe(leftovers.Select(path => Path.GetDirectoryName(path)!));
        leftovers.ShouldAllBe(path => !File.Exists(path));
        _folder.Write("home/validations/2/report.html", "x");
        Collect(2, Week).Swept.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_WhileOthersIngestOpenAndCollect_LeavesWholeSnapshotsOnly()
    {
        var files = Enumerable.Range(0, 3).Select(i => _folder.Write($"{i}.csv", SourceFolder.Reviews(200 + i))).ToArray();
        var leftovers = Enumerable.Range(0, 3).Select(Abandon).ToArray();
        using var done = new CancellationTokenSource();
        var collectors = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
                CollectAtOnce();
        }, Stop)).ToArray();
        var reader = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
                foreach (var stored in new SnapshotStore(_folder.Home).List())
                    ReadWholeOrRefuse(stored.Directory);
        }, Stop);
        await Parallel.ForEachAsync(Enumerable.Range(0, 9), new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Stop }, (i, _) =>
        {
            _folder.Ingest(files[i % files.Length]).Count(Split.Train).ShouldBeGreaterThan(0);
            return ValueTask.CompletedTask;
        });
        await done.CancelAsync();
        await Task.WhenAll([.. collectors, reader]);
        leftovers.ShouldAllBe(path => !Path.Exists(path));
        Directory.GetFileSystemEntries(_folder.Snapshots).Concat(Directory.GetFileSystemEntries(_folder.Home.Datasets)).ShouldAllBe(path => !Path.GetFileName(path).StartsWith('.'));
        foreach (var file in files)
            Snapshot.Open(_folder.Ingest(file).Directory).VerifyContent(Stop);
    }

    /// <summary>What an ingest left that was killed two days ago.</summary>
    private string Abandon(int number)
    {
        var path = Path.Combine(number % 2 == 0 ? _folder.Snapshots : _folder.Home.Datasets, $".{Guid.NewGuid():N}.tmp");
        Directory.CreateDirectory(path);
        Directory.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().AddDays(-2).UtcDateTime);
        return path;
    }

    /// <summary>By the true clock, so that what others are writing counts as young; but a snapshot may go the moment it is published.</summary>
    private void CollectAtOnce() =>
        new GarbageCollector(_folder.Home, TimeProvider.System) { Grace = TimeSpan.Zero }.Run(Array.Empty<string>().ToLookup(digest => digest), Nothing, dryRun: false, Stop);

    private static void ReadWholeOrRefuse(string directory)
    {
        try
        {
            var snapshot = Snapshot.Open(directory);
            Enum.GetValues<Split>().Sum(split => snapshot.Read(split, stop: Stop).Sum(batch => (long)batch.Count)).ShouldBe(snapshot.Manifest.Counts.Total);
        }
        catch (DatasetException e)
        {
            e.Message.ShouldMatch("removed|no snapshot|missing");
        }
    }

    private Snapshot Ingest(int rows) => _folder.Ingest(_folder.Write($"{rows}.csv", SourceFolder.Reviews(rows)));

    private CollectionReport Collect(double daysLater, RetentionOptions options, (string Digest, string By)? reference = null, bool dryRun = false)
    {
        var time = new ManualTime { UnixMilliseconds = TimeProvider.System.GetUtcNow().AddDays(daysLater).ToUnixTimeMilliseconds() };
        (string Digest, string By)[] references = reference is { } one ? [one] : [];
        return new GarbageCollector(_folder.Home, time).Run(references.ToLookup(pair => pair.Digest, pair => pair.By), options, dryRun, Stop);
    }
}
