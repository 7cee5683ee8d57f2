using System.Globalization;
using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed class SnapshotProfileTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ingest_AnyThreads_SameProfile()
    {
        var path = _folder.Write("reviews.csv", Reviews(9_000));
        var one = _folder.Ingest(path, change: options => options with { Threads = 1 }).Profile!;
        var directory = Directory.CreateTempSubdirectory("plumbline-datasets-");
        try
        {
            var four = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = path }, Threads = 4 }, new(directory.FullName), stop: TestContext.Current.CancellationToken).Profile!;
            four.ToJson().ShouldBe(one.ToJson());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Profile_OfASnapshot_CountsWhatTheManifestCounts()
    {
        var snapshot = _folder.Ingest(_folder.Write("reviews.csv", Reviews(3_000)));
        var profile = Snapshot.Open(snapshot.Directory).Profile!;
        profile.Rows.ShouldBe(3_000);
        profile.Labels.Select(label => (label.Label, label.Train, label.Valid, label.Test))
            .ShouldBe(snapshot.Manifest.Classes.Select(@class => (@class.Label, @class.Counts.Train, @class.Counts.Valid, @class.Counts.Test)));
        profile.Columns.Select(column => column.Name).ShouldBe(["text", "label", "time", "extra"]);
        profile.Times!.First.ShouldBe(new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000);
        profile.Labels.Sum(label => label.Times.Sum()).ShouldBe(3_000);
        profile.TimeBins!.Starts.Count.ShouldBe(profile.Labels[0].Times.Count);
    }

    [Fact]
    public void ProfileSource_File_PublishesNothing()
    {
        var path = _folder.Write("reviews.csv", Reviews(500));
        var profile = Snapshot.ProfileSource(new IngestOptions { Source = new SourceOptions { Path = path } }, _folder.Home, stop: TestContext.Current.CancellationToken);
        Directory.Exists(_folder.Snapshots).ShouldBeFalse();
        profile.ToJson().ShouldBe(_folder.Ingest(path).Profile!.ToJson());
    }

    [Fact]
    public void Ingest_SameContentAgain_KeepsTheFirstProfile()
    {
        var first = _folder.Ingest(_folder.Write("a.csv", Reviews(300)));
        var other = _folder.Ingest(_folder.Write("b.csv", Reviews(300).Replace("extra", "other", StringComparison.Ordinal)));
        other.Digest.ShouldBe(first.Digest);
        other.Profile!.Columns[3].Name.ShouldBe("extra");
    }

    [Fact]
    public void Ingest_LaterFileWithoutAnUnusedColumn_CountsItAsMissing()
    {
        _folder.Write("many/1.csv", Reviews(200));
        _folder.Write("many/2.csv", "time,label,text\n2022-01-01,bad,later text one\n2022-01-02,good,later text two\n");
        var profile = _folder.Ingest(Path.GetDirectoryName(_folder.Write("many/3.csv", Reviews(100)))!).Profile!;
        profile.Rows.ShouldBe(302);
        profile.Columns[3].Missing.ShouldBe(2);
    }

    [Fact]
    public void Profile_Damaged_IsRefused()
    {
        var snapshot = _folder.Ingest(_folder.Write("reviews.csv", Reviews(300)));
        var path = Path.Combine(snapshot.Directory, "profile.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"formatVersion\":1", "\"formatVersion\":99", StringComparison.Ordinal));
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory).Profile).Message.ShouldContain("is of format 99");
        File.WriteAllText(path, "{");
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory).Profile).Message.ShouldContain("is damaged");
        File.Delete(path);
        Snapshot.Open(snapshot.Directory).Profile.ShouldBeNull();
    }

    private static string Reviews(int rows)
    {
        var csv = new StringBuilder("text,label,time,extra\n");
        for (var i = 0; i < rows; i++)
            csv.Append(CultureInfo.InvariantCulture, $"\"review number {i}, long enough to be prose\",{(i % 2 == 0 ? "good" : "bad")},{new DateTime(2021, 1, 1).AddHours(i):yyyy-MM-dd},x{i % 7}\n");
        return csv.ToString();
    }
}
