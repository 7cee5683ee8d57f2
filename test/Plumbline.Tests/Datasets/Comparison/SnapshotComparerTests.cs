using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Comparison;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Comparison;

public sealed class SnapshotComparerTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Compare_WithItself_FindsNothing()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)));
        var diff = Compare(snapshot, snapshot);
        diff.Records.ShouldBe(new RecordDiff(0, 0, 300, 300, 0, 0, diff.Records.Examples));
        diff.Records.Examples.ShouldBeEmpty();
        (diff.Columns.Added.Count + diff.Columns.Gone.Count + diff.Labels.Added.Count + diff.Labels.Gone.Count).ShouldBe(0);
        diff.Shifts.ShouldHaveSingleItem().KolmogorovSmirnov.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Compare_RandomSets_AgreesWithTheNaive(ulong seed)
    {
        var random = new RandomSource(seed);
        var (a, b) = (Random(random, "a.csv"), Random(random, "b.csv"));
        var records = Compare(a, b).Records;
        var (rowsA, rowsB) = (Rows(a), Rows(b));
        long Common(Func<(string Text, Split Split, string Label), object> key) =>
            rowsA.GroupBy(key).Join(rowsB.GroupBy(key), group => group.Key, group => group.Key, (x, y) => (long)Math.Min(x.Count(), y.Count())).Sum();
        var both = Common(row => row.Text);
        records.Both.ShouldBe(both);
        records.OnlyA.ShouldBe(rowsA.Count - both);
        records.OnlyB.ShouldBe(rowsB.Count - both);
        records.Unchanged.ShouldBe(Common(row => row));
        records.Moved.ShouldBe(both - Common(row => (row.Text, row.Split)));
        records.Relabelled.ShouldBe(both - Common(row => (row.Text, row.Label)));
        (records.Moved > 0 && records.Relabelled > 0 && records.OnlyA > 0 && records.OnlyB > 0).ShouldBeTrue();
    }

    [Fact]
    public void Compare_OneOfEachKind_IsShownAsExample()
    {
        const string Header = "text,label,split\n";
        var shared = string.Concat(Enumerable.Range(0, 30).Select(i => $"shared {i},{i % 2},{(i % 3) switch { 0 => "train", 1 => "valid", _ => "test" }}\n"));
        var a = _folder.Ingest(_folder.Write("a.csv", Header + shared + "old,0,train\nmoving,1,train\nturning,0,test\n"));
        var b = _folder.Ingest(_folder.Write("b.csv", Header + shared + $"{new string('é', 200)},0,train\nmoving,1,valid\nturning,1,test\n"));
        var records = Compare(a, b).Records;
        records.ShouldBe(new RecordDiff(1, 1, 32, 30, 1, 1, records.Examples));
        records.Examples.Select(example => (example.What, example.Text, string.Join('+', example.InA), string.Join('+', example.InB))).ShouldBe(
        [
            ("only in A", "old", "train 0", ""), ("only in B", new string('é', 120) + "…", "", "train 0"),
            ("moved", "moving", "train 1", "valid 1"), ("relabelled", "turning", "test 0", "test 1"),
        ]);
    }

    [Fact]
    public void Compare_OtherSchema_ListsColumnsLabelsAndShifts()
    {
        var a = _folder.Ingest(_folder.Write("a.csv", Priced(i => i % 10 == 0 ? "" : $"{i}")), source => source with { Numeric = ["price", "weight"] });
        var b = _folder.Ingest(_folder.Write("b.csv", Priced(i => $"{i + 50}").Replace(",1,", ",2,", StringComparison.Ordinal)), source => source with { Numeric = ["price"], User = "weight" });
        var diff = Compare(a, b);
        diff.Columns.Added.ShouldBe(["user"]);
        diff.Columns.Gone.ShouldBe(["weight"]);
        diff.Labels.Added.ShouldBe(["2"]);
        diff.Labels.Gone.ShouldBe(["1"]);
        diff.Classes.Select(@class => (@class.Label, @class.CountsOfA.Total, @class.CountsOfB.Total)).ShouldBe([("0", 50, 50), ("1", 50, 0), ("2", 0, 50)]);
        var price = diff.Shifts.Single(shift => shift.Column == "price");
        price.A.Missing.ShouldBe(0.1);
        var (values, shifted) = (Enumerable.Range(0, 100).Where(i => i % 10 != 0).Select(i => (double)i).ToArray(), Enumerable.Range(50, 100).Select(i => (double)i).ToArray());
        price.A.Mean.ShouldBe(values.Average(), 1e-9);
        price.A.Median.ShouldBe(50);
        price.B.Median.ShouldBe(99.5);
        price.B.StandardDeviation.ShouldBe(Math.Sqrt(shifted.Sum(value => Math.Pow(value - 99.5, 2)) / 99), 1e-9);
        price.KolmogorovSmirnov.ShouldBe(
            Enumerable.Range(0, 150).Max(x => Math.Abs((values.Count(value => value <= x) / 90.0) - (shifted.Count(value => value <= x) / 100.0))), 1e-12);
    }

    [Fact]
    public void Compare_ColumnWithoutValues_IsUndefined()
    {
        var a = _folder.Ingest(_folder.Write("a.csv", Priced(_ => "")), source => source with { Numeric = ["price"] });
        var b = _folder.Ingest(_folder.Write("b.csv", Priced(_ => "1")), source => source with { Numeric = ["price"] });
        var price = Compare(a, b).Shifts.Single(shift => shift.Column == "price");
        price.A.Missing.ShouldBe(1);
        new[] { price.A.Mean, price.A.Median, price.A.StandardDeviation, price.KolmogorovSmirnov }.ShouldAllBe(value => double.IsNaN(value));
        price.B.StandardDeviation.ShouldBe(0);
    }

    private SnapshotDiff Compare(Snapshot a, Snapshot b) => SnapshotComparer.Compare(a, b, _folder.Home, stop: TestContext.Current.CancellationToken);

    private static string Priced(Func<int, string> price) =>
        "text,label,price,weight\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"priced thing {i},{i % 2},{price(i)},{i % 7}\n"));

    private Snapshot Random(RandomSource random, string name)
    {
        var csv = new StringBuilder("text,label,split\n");
        for (var i = 0; i < 300; i++)
            csv.Append($"text {random.NextInt32(80)},{random.NextInt32(3)},{new[] { "train", "valid", "test" }[random.NextInt32(3)]}\n");
        return _folder.Ingest(_folder.Write(name, csv.ToString()));
    }

    private static List<(string Text, Split Split, string Label)> Rows(Snapshot snapshot) =>
    [
        .. Enum.GetValues<Split>().SelectMany(split => snapshot.Read(split, stop: TestContext.Current.CancellationToken)
            .SelectMany(batch => Enumerable.Range(0, batch.Count).Select(i => (Encoding.UTF8.GetString(batch.Text(i)), split, snapshot.Labels[batch.Label(i)])))),
    ];
}
