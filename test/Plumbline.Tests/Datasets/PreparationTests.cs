using System.Globalization;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Tests.Datasets;

/// <summary>What an ingest does to records beyond copying them, seen in the snapshot.</summary>
public sealed class PreparationTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ingest_Oversample_TrainGivesRecordsRepeatedly()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"text number {i},{(i % 10 == 0 ? "rare" : "common")}\n"));
        var snapshot = Ingest(csv, preparation => preparation with { Balance = new BalanceOptions { Method = BalanceMethod.Oversample } });
        var rows = Read(snapshot, Split.Train).ToArray();
        rows.Count(row => row.Label == "rare").ShouldBe(rows.Count(row => row.Label == "common"));
        rows.Where(row => row.Label == "rare").Select(row => row.Text).Distinct().Count().ShouldBe((int)snapshot.Manifest.Classes.Single(@class => @class.Label == "rare").Counts.Train);
        var test = Read(snapshot, Split.Test).ToArray();
        test.Select(row => row.Text).Distinct().Count().ShouldBe(test.Length);
        Snapshot.Open(snapshot.Directory).Digest.ShouldBe(snapshot.Digest);
    }

    [Fact]
    public void Ingest_Cap_NaturalMixInTest()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"text number {i},{(i % 10 == 0 ? "rare" : "common")}\n"));
        var snapshot = Ingest(csv, preparation => preparation with { Balance = new BalanceOptions { Cap = 50 } });
        snapshot.Manifest.Classes.ShouldAllBe(@class => @class.Counts.Train == 50);
        var natural = Ingest(csv, preparation => preparation);
        snapshot.Manifest.Classes.Select(@class => (@class.Counts.Valid, @class.Counts.Test)).ShouldBe(natural.Manifest.Classes.Select(@class => (@class.Counts.Valid, @class.Counts.Test)));
        snapshot.Manifest.Dropped.Single().Reason.ShouldBe("a class with more records than its share");
        Read(natural, Split.Train).Select(row => row.Text).ShouldBeSubsetOf(Read(natural, Split.Train).Select(row => row.Text));
    }

    [Fact]
    public void Ingest_LabelsFoldedMappedDropped_AndLengthsBounded()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"text number {i},{(i % 3 == 0 ? "Good" : i % 3 == 1 ? "GOOD " : "bad")}\n")) + "x,bad\nsomething else,unknown\n";
        var snapshot = Ingest(csv, preparation => preparation with
        {
            MinCharacters = 3,
            Labels = new LabelOptions { Fold = true, Map = new Dictionary<string, string> { ["bad"] = "poor" }, Drop = ["unknown"] },
        });
        snapshot.Labels.ShouldBe(["Good", "poor"]);
        snapshot.Manifest.Dropped.Select(dropped => (dropped.Reason, dropped.FirstRows[0])).ShouldBe([("text too short", 101), ("label to be dropped", 102)]);
    }

    [Fact]
    public void Ingest_Aggregates_FromEarlierRecordsOnly()
    {
        // One user, one record a day of length 10, 11, 12…; labels 1 to 5 in turn.
        var csv = new StringBuilder("text,label,user,item,time\n");
        for (var day = 0; day < 40; day++)
            csv.Append(CultureInfo.InvariantCulture, $"{new string('a', 10 + day)},{(day % 5) + 1},u,i{day},{new DateTime(2024, 1, 1).AddDays(day):yyyy-MM-dd}\n");
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv.ToString()), change: options => options with { Aggregates = EntityFeature.All });
        snapshot.Aggregates.ShouldBe(EntityFeature.All.Select(feature => feature.Name));
        var rows = Enum.GetValues<Split>().SelectMany(split => snapshot.Read(split, stop: TestContext.Current.CancellationToken))
            .SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => (Row: batch.Row(record), Values: batch.Inputs(record).ToArray()))).OrderBy(row => row.Row).ToArray();
        for (var day = 0; day < 40; day++)
        {
            float length = day == 0 ? float.NaN : (float)Enumerable.Range(0, day).Average(earlier => 10 + earlier);
            float label = day == 0 ? float.NaN : (float)Enumerable.Range(0, day).Average(earlier => (earlier % 5) + 1);
            rows[day].Values.ShouldBe([length, day, label, day == 0 ? float.NaN : 1, float.NaN, 0, float.NaN, float.NaN]);
        }
        var states = EntityStates.Read(snapshot.Directory).ToDictionary(entity => (entity.Kind, Encoding.UTF8.GetString(entity.Id)), entity => entity.State);
        states.Count.ShouldBe(41);
        states[(EntityKind.User, "u")].Records.ShouldBe(40);
        states[(EntityKind.Item, "i3")].Characters.ShouldBe(13);
    }

    [Fact]
    public void Ingest_AggregatesWithoutTheirColumns_SaysWhichToName() =>
        Should.Throw<DatasetException>(() => _folder.Ingest(_folder.Write("a.csv", "text,label,user\na,1,u\nb,2,v\n"), change: options => options with { Aggregates = EntityFeature.All }))
            .Message.ShouldContain("'user_avg_len' needs a column of users and one of times");

    [Fact]
    public void Ingest_MeanOfLabelsWithoutOrder_IsRefused()
    {
        var csv = "text,label,user,time\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"text {i},{"abc"[i % 3]},u,2024-01-{(i % 28) + 1:d2}\n"));
        Should.Throw<DatasetException>(() => _folder.Ingest(_folder.Write("a.csv", csv), change: options => options with { Aggregates = [EntityFeature.All[2]] }))
            .Message.ShouldContain("'user_mean_label' needs labels that are numbers, or two of them");
    }

    private Snapshot Ingest(string csv, Func<PreparationOptions, PreparationOptions> prepare) =>
        _folder.Ingest(_folder.Write("a.csv", csv), change: options => options with { Preparation = prepare(options.Preparation) });

    private static IEnumerable<(string Text, string Label)> Read(Snapshot snapshot, Split split) => snapshot.Read(split, stop: TestContext.Current.CancellationToken)
        .SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => (Encoding.UTF8.GetString(batch.Text(record)), snapshot.Labels[batch.Label(record)])));
}
