using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Tests.Datasets;

public sealed class SnapshotContentTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void VerifyContent_AllKindsOfColumns_FindsTheDigest()
    {
        var csv = "text,label,user,item,time,price\n" + string.Concat(Enumerable.Range(0, 400)
            .Select(i => $"\"text, {i}\",{i % 3 % 2},{(i % 7 == 0 ? "" : $"u{i % 9}")},i{i % 5},{(i % 11 == 0 ? "never" : $"{1_500_000_000 + i}")},{(i % 13 == 0 ? "" : $"{i / 4.0}")}\n"));
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv), source => source with { Numeric = ["price"] }, options => options with
        {
            Preparation = new PreparationOptions { Balance = new BalanceOptions { Method = BalanceMethod.Oversample } },
            Aggregates = [.. EntityFeature.All.Take(3)],
        });
        Snapshot.Open(snapshot.Directory).VerifyContent(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("\"valid\": 43", "\"valid\": 44", "the manifest says 44 valid records")]
    [InlineData("\"labels\": [\n    \"bad\",\n    \"good\"", "\"labels\": [\n    \"good\",\n    \"bad\"", "labels are not in their order")]
    public void VerifyContent_EditedManifest_SaysWhatIsNotSo(string was, string becomes, string message)
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)));
        var manifest = Path.Combine(snapshot.Directory, "manifest.json");
        was = was.Replace("43", $"{snapshot.Manifest.Counts.Valid}", StringComparison.Ordinal);
        (becomes, message) = (becomes.Replace("44", $"{snapshot.Manifest.Counts.Valid + 1}", StringComparison.Ordinal), message.Replace("44", $"{snapshot.Manifest.Counts.Valid + 1}", StringComparison.Ordinal));
        var json = File.ReadAllText(manifest);
        json.ShouldContain(was);
        File.WriteAllText(manifest, json.Replace(was, becomes, StringComparison.Ordinal));
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory).VerifyContent(TestContext.Current.CancellationToken)).Message.ShouldContain(message);
    }

    [Fact]
    public void VerifyContent_RowsExchangedWithTheirHashes_AreFound()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(300)));
        var other = _folder.Ingest(_folder.Write("b.csv", SourceFolder.Reviews(300).Replace("review number 1,", "review number one,", StringComparison.Ordinal)));
        File.Copy(Path.Combine(other.Directory, "rows-00000.parquet"), Path.Combine(snapshot.Directory, "rows-00000.parquet"), overwrite: true);
        var path = Path.Combine(snapshot.Directory, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest["rowsFiles"] = JsonNode.Parse(File.ReadAllText(Path.Combine(other.Directory, "manifest.json")))!["rowsFiles"]!.DeepClone();
        File.WriteAllText(path, manifest.ToJsonString());
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory).VerifyContent(TestContext.Current.CancellationToken)).Message.ShouldContain("not that of its name");
    }

    [Fact]
    public void Open_DamagedEntities_SaysSo()
    {
        var csv = "text,label,user,time\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"text {i},{i % 2},u{i % 9},{1_500_000_000 + i}\n"));
        var snapshot = _folder.Ingest(_folder.Write("a.csv", csv), change: options => options with { Aggregates = [EntityFeature.All.First(feature => feature.Kind == EntityKind.User)] });
        var entities = Path.Combine(snapshot.Directory, "entities.parquet");
        File.WriteAllBytes(entities, [.. File.ReadAllBytes(entities)[..^1], 0]);
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory)).Message.ShouldContain("entities.parquet is damaged");
        File.Delete(entities);
        Should.Throw<DatasetException>(() => Snapshot.Open(snapshot.Directory)).Message.ShouldContain("missing");
    }

    [Fact]
    public void Read_PageDamagedAfterOpening_NamesTheSnapshot()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(5_000)));
        var opened = Snapshot.Open(snapshot.Directory);
        var rows = Path.Combine(snapshot.Directory, "rows-00000.parquet");
        var bytes = File.ReadAllBytes(rows);
        bytes.AsSpan(100, bytes.Length / 2).Fill(0xAA);
        File.WriteAllBytes(rows, bytes);
        Should.Throw<DatasetException>(() => opened.Read(Split.Train, stop: TestContext.Current.CancellationToken).Count()).Message.ShouldContain($"{snapshot.Directory} cannot be read");
    }
}
