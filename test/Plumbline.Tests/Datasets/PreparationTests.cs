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
    public void Ingest_Before_LaterRecordsAndThoseWithoutATimeAreLeftOut()
    {
        var csv = "text,label,time\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"text number {i},{(i % 2 == 0 ? "good" : "bad")},{(i == 5 ? "" : $"2026-01-{1 + (i / 10):00}T00:00:00Z")}\n"));
        var snapshot = Ingest(csv, preparation => preparation with { Before = new DateTimeOffset(2026, 1, 4, 1, 0, 0, TimeSpan.FromHours(1)) });
        snapshot.Manifest.Counts.Total.ShouldBe(29);
        var dropped = snapshot.Manifest.Dropped.ShouldHaveSingleItem();
        (dropped.Reason, dropped.Rows, dropped.FirstRows[0], dropped.FirstRows[1]).ShouldBe(("later than asked for, or without a time", 71, 6, 31));
        Ingest(csv, preparation => preparation).Manifest.Counts.Total.ShouldBe(100);
        Should.Throw<DatasetException>(() => Ingest("text,label\na,x\nb,y\n", preparation => preparation with { Before = DateTimeOffset.UnixEpoch })).Message.ShouldContain("has no time column");
    }

    [Theory]
    [InlineData(DuplicateRule.Keep, 600)]
    [InlineData(DuplicateRule.Exact, 300)]
    [InlineData(DuplicateRule.Normalised, 200)]
    [InlineData(DuplicateRule.Near, 100)]
    public void Ingest_Duplicates_FirstOfEachStays(DuplicateRule rule, int left)
    {
        // Each text stands six times: as it is twice, in capitals twice, and with another last word twice.
        var bodies = Enumerable.Range(0, 100).Select(i => string.Join(' ', Enumerable.Range(0, 50).Select(word => $"w{(i * 50) + word}"))).ToArray();
        var csv = "text,label\n" + string.Concat(new[] { "{0} end", "{0} end", "{0} END!", "{0} END!", "{0} other", "{0} other" }
            .SelectMany(form => bodies.Select((body, i) => $"{string.Format(CultureInfo.InvariantCulture, form, body)},{i % 2}\n")));
        var snapshot = Ingest(csv, preparation => preparation with { Duplicates = rule });
        snapshot.Manifest.Counts.Total.ShouldBe(left);
        if (rule == DuplicateRule.Keep)
            return;
        var dropped = snapshot.Manifest.Dropped.Single();
        (dropped.Reason, dropped.FirstRows[0]).ShouldBe(("a text that stands before", 101));
        Enum.GetValues<Split>().SelectMany(split => Read(snapshot, split)).Count(row => row.Text.EndsWith(" end", StringComparison.Ordinal)).ShouldBe(100);
    }

    [Fact]
    public void Ingest_RecordsAdded_EarlierChoicesStay()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"{(i % 3 == 0 ? "Text" : "text")} number {i % 150},{i % 2}\n"));
        var more = string.Concat(Enumerable.Range(100, 200).Select(i => $"TEXT NUMBER {i},{i % 2}\n"));
        var (before, after) = (Ingest(csv, Normalised), Ingest(csv + more, Normalised));
        foreach (var split in Enum.GetValues<Split>())
            Read(before, split).ShouldBeSubsetOf(Read(after, split));
        after.Manifest.Counts.Total.ShouldBe(300);

        static PreparationOptions Normalised(PreparationOptions preparation) => preparation with { Duplicates = DuplicateRule.Normalised };
    }

    [Fact]
    public void Ingest_Conflicts_AllOfTheirRecordsGo()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"text {i},{i % 2}\n")) + "Text 7!,0\nnew text,1\nnew text,1\n";
        var snapshot = Ingest(csv, preparation => preparation with { Conflicts = ConflictRule.Drop });
        snapshot.Manifest.Counts.Total.ShouldBe(101);
        var dropped = snapshot.Manifest.Dropped.Single();
        (dropped.Reason, dropped.Rows, dropped.FirstRows[0], dropped.FirstRows[1]).ShouldBe(("a text that has several labels", 2, 8, 101));
    }

    [Fact]
    public void Ingest_ConflictsTakeAClass_SaysWhich()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"text {i},{i % 2}\n")) + "text 7,rare\ntext 8,rare\n";
        Should.Throw<DatasetException>(() => Ingest(csv, preparation => preparation with { Conflicts = ConflictRule.Drop })).Message.ShouldContain("all texts labelled 'rare' are left out");
    }

    [Theory]
    [InlineData(SplitTogether.Exact, false)]
    [InlineData(SplitTogether.Normalised, true)]
    [InlineData(SplitTogether.Near, true)]
    public void Ingest_Together_VariantsStandOnOneSide(SplitTogether together, bool isTogether)
    {
        var texts = Enumerable.Range(0, 300).Select(i => string.Join(' ', Enumerable.Range(0, 8).Select(word => $"w{(i * 8) + word}"))).ToArray();
        var csv = "text,label\n" + string.Concat(texts.Concat(texts.Select(text => $"{text.ToUpperInvariant()}!")).Select((text, i) => $"{text},{i % 2}\n"));
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv), source => source with { Split = new SplitOptions { Together = together } });
        var sides = Enum.GetValues<Split>().SelectMany(split => Read(snapshot, split).Select(row => row.Text.TrimEnd('!').ToUpperInvariant()).Distinct()).Count();
        (sides == 300).ShouldBe(isTogether);
        snapshot.Manifest.Split.Together.ShouldBe(together);
    }

    [Fact]
    public void Ingest_LabelsThatDifferByCase_AreTold()
    {
        var csv = "text,label\n" + string.Concat(Enumerable.Range(0, 90).Select(i => $"text number {i},{(i % 3 == 0 ? "Good" : i % 3 == 1 ? "GOOD" : "bad")}\n"));
        Ingest(csv, preparation => preparation).Manifest.Notes.Single().ShouldContain("'Good', 'GOOD'. They are different classes unless data.prepare.labels.fold is true");
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
