using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Datasets.Comparison;
using Plumbline.Datasets.Drift;
using Plumbline.Datasets.Output;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Tests.Datasets;

public sealed class CategoricalInputTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ingest_CategoricalColumns_DigestIsTheSpecifiedOne()
    {
        using var bytes = new MemoryStream();
        void Number(long value, int size)
        {
            Span<byte> buffer = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(buffer, value);
            bytes.Write(buffer[..size]);
        }
        void Str(string? value)
        {
            Number(value is null ? uint.MaxValue : Encoding.UTF8.GetByteCount(value), 4);
            bytes.Write(Encoding.UTF8.GetBytes(value ?? ""));
        }
        var rows = new (string Text, string Label, string? Country, string? Channel)[] { ("one", "a", "DE", "web"), ("two", "b", null, "über \uFFFD x"), ("three", "a", "FR", null) };
        bytes.Write("plumbline-snapshot-1\n"u8);
        Number(5, 4);
        foreach (var (name, type) in new[] { ("text", 0), ("label", 1), ("price", 3), ("country", 1), ("channel", 1) })
        {
            Str(name);
            Number(type, 1);
        }
        foreach (var row in rows)
        {
            bytes.Write(SHA256.HashData(Encoding.UTF8.GetBytes(row.Text)));
            Str(row.Label);
            Number(BitConverter.DoubleToInt64Bits(1.5), 8);
            Str(row.Country);
            Str(row.Channel);
        }
        Number(3, 8);
        bytes.Write([0, 1, 2]);

        var csv = "channel,text,label,split,country,price\n web,one,a,train,DE\t,1.5\nüber \0 x,two,b,valid,  ,1.5\n,three,a,test,FR,1.5\n";
        var snapshot = Ingest(csv, "country", "channel");
        snapshot.Digest.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())));
        snapshot.CategoricalInputs.ShouldBe(["country", "channel"]);
        snapshot.Manifest.Mapping.Categorical.Select(column => column.Index).ShouldBe([4, 0]);
    }

    [Fact]
    public void Read_SnapshotAndSource_SameCategories()
    {
        var path = _folder.Write("a.csv", Reviews(3_000));
        var source = new SourceOptions { Path = path, Numeric = ["price"], Categorical = ["country", "channel"] };
        var snapshot = _folder.Ingest(path, _ => source, options => options with
        {
            Preparation = new PreparationOptions { Balance = new BalanceOptions { Method = BalanceMethod.Oversample } },
        });
        var expected = Source.ReadTexts(source, 100, stop: TestContext.Current.CancellationToken)
            .SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => Categories(batch, record))).ToArray();
        expected.Take(3).ShouldBe(["|c0", "DE|c1", "FR|c2"]);
        foreach (var batch in Enum.GetValues<Split>().SelectMany(split => snapshot.Read(split, 64)))
        {
            for (var record = 0; record < batch.Count; record++)
                Categories(batch, record).ShouldBe(expected[batch.Row(record)]);
        }
    }

    [Fact]
    public void Ingest_OtherThreads_SameDigestOfTheContent()
    {
        var path = _folder.Write("a.csv", Reviews(9_000));
        var snapshots = new[] { 1, 2, 5 }.Select(threads => _folder.Ingest(
            path, source => source with { Categorical = ["country", "channel"] }, options => options with { Threads = threads })).ToArray();
        snapshots.Select(snapshot => snapshot.Digest).Distinct().Count().ShouldBe(1);
        Snapshot.Open(snapshots[0].Directory).VerifyContent(TestContext.Current.CancellationToken);
        _folder.Ingest(path, source => source with { Categorical = ["channel", "country"] }).Digest.ShouldNotBe(snapshots[0].Digest);
    }

    [Fact]
    public void Open_ManifestFromBeforeCategories_HasNone()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)));
        var path = Path.Combine(snapshot.Directory, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest["mapping"]!.AsObject().Remove("categorical").ShouldBeTrue();
        foreach (var column in manifest["columns"]!.AsArray())
            column!.AsObject().Remove("categorical").ShouldBeTrue();
        File.WriteAllText(path, manifest.ToJsonString());
        var opened = Snapshot.Open(snapshot.Directory);
        opened.CategoricalInputs.ShouldBeEmpty();
        opened.Manifest.Mapping.Categorical.ShouldBeEmpty();
        opened.VerifyContent(TestContext.Current.CancellationToken);
        opened.Read(Split.Train).First().Category(0, 0).Length.ShouldBe(0);
    }

    [Theory]
    [InlineData("split", "a categorical input cannot be called 'split'")]
    [InlineData("price", "column 'price' (--categorical) is named for two purposes")]
    [InlineData("region", "no column 'region' (--categorical)")]
    public void Ingest_ColumnThatCannotBeCategorical_SaysWhy(string column, string message) => Should.Throw<DatasetException>(() => _folder.Ingest(
        _folder.Write("a.csv", "text,label,split,price\na,x,train,1\nb,y,valid,2\nc,x,test,3\n"),
        source => source with { SplitColumn = column == "split" ? "label" : null, Label = column == "split" ? "price" : null, Numeric = column == "split" ? [] : ["price"], Categorical = [column] }))
        .Message.ShouldContain(message);

    [Fact]
    public void Compare_CategoricalColumns_AreNamed()
    {
        var (with, without) = (Ingest(Reviews(500), "country"), Ingest(Reviews(500)));
        var diff = SnapshotComparer.Compare(without, with, _folder.Home, stop: TestContext.Current.CancellationToken);
        diff.Columns.Added.ShouldBe(["country"]);
        diff.Records.Unchanged.ShouldBe(500);
    }

    [Fact]
    public void Drift_Missing_EmptiesCategories()
    {
        var options = new DriftInjectionOptions { Kinds = [DriftInjectionKind.Missing], Axis = DriftAxis.Position, From = 0, Strength = 1 };
        using var output = new MemoryStream();
        var report = DriftedCopy.Write(
            new SourceOptions { Path = _folder.Write("a.csv", Reviews(300)), Categorical = ["country"] }, options, RecordFormat.Csv, output, _folder.Home, 2, null, TestContext.Current.CancellationToken);
        report.EmptiedColumns.ShouldBe(["country"]);
        Encoding.UTF8.GetString(output.ToArray()).ShouldNotContain("DE");
    }

    [Fact]
    public void Validate_SecondIngest_ComparesCategories()
    {
        Ingest(Reviews(2_000), "country");
        var other = _folder.Ingest(_folder.Write("b.csv", Reviews(2_000).Replace(",DE,", ",IT,", StringComparison.Ordinal)), source => source with { Numeric = ["price"], Categorical = ["country"] }, options => options with { Name = "a" });
        other.Validated!.Result.Results.ShouldContain(result => !result.Success && result.ExpectationConfig.Arguments.Column == "country");
    }

    private Snapshot Ingest(string csv, params string[] categorical) =>
        _folder.Ingest(_folder.Write("a.csv", csv), source => source with { Numeric = ["price"], Categorical = categorical }, options => options with { Name = "a" });

    private static string Reviews(int rows) => "text,label,country,channel,price\n" + string.Concat(Enumerable.Range(0, rows).Select(i => string.Create(
        CultureInfo.InvariantCulture, $"review {i},{(i % 5 < 2 ? "bad" : "good")},{(i % 7 == 0 ? "  " : i % 2 == 0 ? "FR" : "DE")},\" c{i % 1000} \",{i % 9}\n")));

    private static string Categories(RecordBatch batch, int record) =>
        $"{Encoding.UTF8.GetString(batch.Category(record, 0))}|{Encoding.UTF8.GetString(batch.Category(record, 1))}";
}
