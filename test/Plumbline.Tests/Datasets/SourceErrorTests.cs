using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class SourceErrorTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\uFEFF", "no row")]
    [InlineData("text,label\n", "has a header but no records")]
    [InlineData("text,label\n,1\n   ,2\n", "none of its 2 records can be used: 2 no text")]
    [InlineData("text,label\na,1\nb,1\n", "Two classes or more")]
    [InlineData("text,other\na,1\nb,2\nc,3\n", "--label")]
    [InlineData("text,label\na,1\n\"never closed,2\nb,1\n", "row 2 (line 3): the quote that opens its field 1 is never closed")]
    [InlineData("text,label\na,1\n\"x\ny\",2\nb,2,3\n", "row 3 (line 5): it has 3 fields where the header has 2")]
    [InlineData("text,label\na,1\nb\n", "row 2 (line 3): it has 1 fields")]
    [InlineData("text,label\n\"a \"b\" c\",1\n", "row 1 (line 2): text follows the closing quote of its field 1")]
    [InlineData("text,label,split\na,1,train\nb,2,test\nc,1,later\n", "'later', not train, valid or test", "--split-by stratified")]
    public void Ingest_BadCsv_SaysWhatAndWhere(string content, params string[] expected)
    {
        var options = content.Contains("later", StringComparison.Ordinal) ? "split" : null;
        var message = Failure(_folder.Write("a.csv", content), source => source with { SplitColumn = options });
        foreach (var part in expected)
            message.ShouldContain(part);
        message.ShouldContain("a.csv");
    }

    [Theory]
    [InlineData("[{\"text\":\"a\"}]", "row 1 (line 1): it is not a JSON object")]
    [InlineData("{\"text\":\"a\",\"label\":1}\n\n{\"text\":\"b\" 2}\n", "row 2 (line 3): it is not valid JSON at byte 13")]
    [InlineData("{\"text\":\"a\",\"label\":1}\n{\"text\":\"\\ud800\",\"label\":2}\n", "row 2 (line 2): a string in it holds half of a surrogate pair")]
    [InlineData("{\"text\":\"a\",\"label\":1} {}\n", "row 1 (line 1): it is not valid JSON")]
    public void Ingest_BadJson_SaysWhatAndWhere(string content, string expected) => Failure(_folder.Write("a.jsonl", content)).ShouldContain(expected);

    [Fact]
    public void Ingest_DeepJson_IsRefused() =>
        Failure(_folder.Write("a.jsonl", $"{{\"text\":{new string('[', 100_000)}\n")).ShouldContain("row 1 (line 1): it is not valid JSON");

    [Fact]
    public void Ingest_InvalidUtf8_NamesTheRow() =>
        Failure(_folder.Write("a.csv", [.. "text,label\na,1\ncaf"u8, 0xE9, .. ",2\n"u8])).ShouldContain("row 2 (line 3): it is not valid UTF-8");

    [Fact]
    public void Ingest_Utf16_SaysHowToConvert() =>
        Failure(_folder.Write("a.csv", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("text,label\na,1\n")])).ShouldContain("iconv -f UTF-16");

    [Fact]
    public void Ingest_Garbage_IsBinary()
    {
        var random = new Plumbline.Statistics.RandomSource(1);
        Failure(_folder.Write("a.csv", [.. Enumerable.Range(0, 10_000).Select(_ => (byte)random.NextInt32(256))])).ShouldContain("is binary");
    }

    [Fact]
    public void Ingest_LineOf50Megabytes_NamesTheRow() =>
        Failure(_folder.Write("a.csv", $"text,label\na,1\n{new string('x', 50_000_000)},2\nb,1\n")).ShouldContain("row 2 (line 3): it is longer than 16 MiB");

    [Fact]
    public void Ingest_QuoteNeverClosedInABigFile_SaysThatItMayBe() =>
        Failure(_folder.Write("a.csv", $"text,label\na,1\n\"b,2\n{string.Concat(Enumerable.Repeat("some text,1\n", 1_500_000))}")).ShouldContain("row 2 (line 3): it is longer than 16 MiB, likely because a quote");

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(2_000)]
    public void Ingest_GzipCutOff_SaysSo(int missing)
    {
        var packed = SourceFolder.Gzip(Encoding.UTF8.GetBytes(SourceFolder.Reviews(2_000)));
        Failure(_folder.Write("a.csv.gz", packed[..^missing])).ShouldContain("damaged or cut off");
    }

    [Fact]
    public void Ingest_GzipWithWrongChecksum_SaysSo()
    {
        var packed = SourceFolder.Gzip(Encoding.UTF8.GetBytes(SourceFolder.Reviews(100)));
        packed[^6] ^= 1;
        Failure(_folder.Write("a.csv.gz", packed)).ShouldContain("damaged or cut off");
    }

    [Fact]
    public void Ingest_DamagedParquet_NamesTheFile() => Failure(_folder.Write("a.parquet", "PAR1 and nothing else PAR1")).ShouldContain("a.parquet: the Parquet file cannot be read");

    [Fact]
    public void Ingest_Zip_SaysWhatToDo() => Failure(_folder.Write("a.csv", [(byte)'P', (byte)'K', 3, 4, 0, 0])).ShouldContain("Unpack it");

    [Fact]
    public void Ingest_MissingFile_SaysSo()
    {
        Failure(Path.Combine(_folder.Home.Root, "none.csv")).ShouldContain("there is no such file");
    }

    [Fact]
    public void Ingest_LabelLikeAnId_IsRefused() =>
        Failure(_folder.Write("a.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"t{i},{i}\n")))).ShouldContain("50 different values in 50 records");

    [Fact]
    public void Ingest_SplitByTimeWithoutTimes_NamesTheOption() =>
        Failure(_folder.Write("a.csv", SourceFolder.Reviews(50)), source => source with { Split = new SplitOptions { By = SplitBy.Time } }).ShouldContain("--time");

    [Fact]
    public void Ingest_NumericInputNamedLikeAColumn_IsRefused() =>
        Failure(_folder.Write("a.csv", "words,label,text\nsome words,1,2\n"), source => source with { Text = "words", Numeric = ["text"] }).ShouldContain("cannot be called 'text'");

    private string Failure(string path, Func<SourceOptions, SourceOptions>? change = null)
    {
        var failure = Should.Throw<DatasetException>(() => _folder.Ingest(path, change));
        if (Directory.Exists(_folder.Snapshots))
            Directory.EnumerateFileSystemEntries(_folder.Snapshots).ShouldBeEmpty();
        return failure.Message;
    }
}
