using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class SourceReaderTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ingest_FilesOfOtherOrderBomAndKind_AreMatchedByName()
    {
        _folder.Write("in/a.csv", "text,label\none,good\ntwo,bad\n" + Rows("{0},{1}"));
        _folder.Write("in/b.csv", "\uFEFFlabel;text\n" + Rows("{1};{0}"));
        _folder.Write("in/c.jsonl", Rows("{{\"label\":\"{1}\",\"text\":\"{0}\"}}"));
        var whole = _folder.Write("whole.csv", "text,label\none,good\ntwo,bad\n" + Rows("{0},{1}") + Rows("{0},{1}") + Rows("{0},{1}"));
        var snapshot = _folder.Ingest(Path.Combine(_folder.Home.Root, "../in"));
        snapshot.Digest.ShouldBe(_folder.Ingest(whole).Digest);
        snapshot.Manifest.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void Ingest_LaterFileLacksAColumn_NamesBothFilesAndWhatToDo()
    {
        _folder.Write("in/a.csv", "text,label\n" + Rows("{0},{1}"));
        _folder.Write("in/b.csv", "text,stars\n" + Rows("{0},{1}"));
        var message = Failure("in");
        message.ShouldContain("b.csv has no column 'label', which ");
        message.ShouldContain("a.csv has. Its columns: 'text', 'stars'. Add the column");
    }

    [Fact]
    public void Ingest_LaterFileWithoutHeader_ShowsNoWholeText()
    {
        _folder.Write("in/a.csv", "text,label\n" + Rows("{0},{1}"));
        _folder.Write("in/b.csv", $"{new string('x', 500)},good\n");
        Failure("in").Length.ShouldBeLessThan(500);
    }

    [Fact]
    public void Ingest_LaterFileHasMoreColumns_IsToldInANote()
    {
        _folder.Write("in/a.csv", "text,label\n" + Rows("{0},{1}"));
        _folder.Write("in/b.csv", "text,more,label\n" + Rows("{0},x,{1}"));
        var snapshot = _folder.Ingest(Path.Combine(_folder.Home.Root, "../in"));
        snapshot.Manifest.Notes.Single().ShouldEndWith("which are left out: 'more'.");
        Snapshot.Open(snapshot.Directory).Manifest.Notes.ShouldBe(snapshot.Manifest.Notes);
    }

    [Theory]
    [InlineData("text,text,label\na,b,1\nc,d,2\n", "more than one column 'text'. Rename all but one")]
    [InlineData("text,label,label\na,1,1\nc,2,2\n", "more than one column 'label'. Rename all but one")]
    public void Ingest_TwoColumnsOfOneName_AsksWhich(string content, string expected) =>
        Should.Throw<DatasetException>(() => _folder.Ingest(_folder.Write("a.csv", content))).Message.ShouldContain(expected);

    [Theory]
    [InlineData("text", FieldType.Text, "stars", FieldType.Integer, "has no column 'stars', which the pinned schema expects as integer. Its columns: 'text', 'label'. Correct")]
    [InlineData("text", FieldType.Text, "label", FieldType.Integer, "column 'label' is pinned as integer, but its first values read as string, such as 'good'. Correct")]
    public void Ingest_OtherThanPinned_SaysExpectedAndFound(string first, FieldType firstType, string second, FieldType secondType, string expected) =>
        Should.Throw<DatasetException>(() => _folder.Ingest(
            _folder.Write("a.csv", SourceFolder.Reviews(50)), source => source with { Schema = [new(first, firstType), new(second, secondType)] })).Message.ShouldContain(expected);

    [Fact]
    public void ReadBatches_FileGoneBeforeItsTurn_SaysSo()
    {
        _folder.Write("in/a.csv", "text,label\n" + Rows("{0},{1}"));
        var second = _folder.Write("in/b.csv", "text,label\n" + Rows("{0},{1}"));
        using var reader = SourceReader.Open(new SourceOptions { Path = Path.GetDirectoryName(second)! }, TestContext.Current.CancellationToken);
        File.Delete(second);
        Should.Throw<DatasetException>(() => Drain(reader)).Message.ShouldBe($"{second} was there a moment ago and is gone. Put it back, or ingest again without it");
    }

    [Fact]
    public void ReadBatches_FileDeletedWhileRead_IsReadToItsEnd()
    {
        var path = _folder.Write("a.csv", SourceFolder.Reviews(100));
        using var reader = SourceReader.Open(new SourceOptions { Path = path }, TestContext.Current.CancellationToken);
        File.Delete(path);
        Drain(reader).ShouldBe(100);
    }

    [Fact]
    public void ReadBatches_FileWrittenToWhileRead_SaysThatItChanged()
    {
        // More than is read ahead.
        var path = _folder.Write("a.csv", "text,label\n" + string.Concat(Enumerable.Repeat($"{new string('x', 1000)},good\n", 24_000)));
        using var reader = SourceReader.Open(new SourceOptions { Path = path }, TestContext.Current.CancellationToken);
        File.AppendAllText(path, "more,good\n");
        var message = Should.Throw<DatasetException>(() => Drain(reader)).Message;
        message.ShouldContain("changed while it was read");
        message.ShouldContain("Read a copy that nothing writes to");
    }

    [Theory]
    [InlineData("a.csv", "text,label\na,1\nb,2\n\"")]
    [InlineData("a.csv", "text,label\na,1\nb,2\n")]
    [InlineData("a.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":2}\n{\"text\":\"")]
    public void ReadBatches_FieldOfAGigabyte_FailsBeforeItIsRead(string name, string beginning)
    {
        var path = _folder.Write(name, beginning + new string('x', 100_000));
        using (var file = File.OpenWrite(path))
            file.SetLength(1L << 30);
        using var reader = SourceReader.Open(new SourceOptions { Path = path }, TestContext.Current.CancellationToken);
        var message = Should.Throw<DatasetException>(() => Drain(reader)).Message;
        message.ShouldContain("row 3 (line ");
        message.ShouldContain("it is longer than 16 MiB");
        // The record's own limit and what is read ahead.
        reader.BytesRead.ShouldBeLessThan(64L << 20);
    }

    [Fact]
    public void Ingest_ParquetFieldTooLong_NamesTheRow()
    {
        var path = _folder.Copy("a.parquet", "SELECT CASE WHEN i = 2 THEN repeat('x', 17000000) ELSE 'text' END AS text, i % 2 AS label FROM range(3) t(i)", "FORMAT parquet");
        Should.Throw<DatasetException>(() => _folder.Ingest(path)).Message.ShouldContain("row 3: a field of it is longer than 16 MiB");
    }

    [Fact]
    public void Open_FirstLineOfAGigabyte_Fails()
    {
        foreach (var (name, beginning, expected) in new[] { ("a.csv", "", "no row can be read from its beginning"), ("a.jsonl", "{\"text\":\"", "no key is found in its first 1 MiB") })
        {
            var path = _folder.Write(name, beginning + new string('x', 2_000_000));
            using (var file = File.OpenWrite(path))
                file.SetLength(1L << 30);
            Should.Throw<DatasetException>(() => SourceReader.Open(new SourceOptions { Path = path }, TestContext.Current.CancellationToken)).Message.ShouldContain(expected);
        }
    }

    [Fact]
    public void Ingest_ZstdCutOff_SaysSo()
    {
        using var zstd = new ZstdSharp.Compressor();
        var packed = zstd.Wrap(Encoding.UTF8.GetBytes(SourceFolder.Reviews(2_000))).ToArray();
        foreach (var missing in new[] { 1, 20, packed.Length / 2 })
            Should.Throw<DatasetException>(() => _folder.Ingest(_folder.Write("a.csv.zst", packed[..^missing]))).Message.ShouldContain("damaged or cut off: its compressed data does not decompress. Fetch it again");
    }

    [Fact]
    public void Ingest_ParquetCutOff_SaysSo()
    {
        var path = _folder.Copy("a.parquet", "SELECT 'text ' || i AS text, i % 2 AS label FROM range(5000) t(i)", "FORMAT parquet");
        foreach (var missing in new[] { 1, 1000 })
            Should.Throw<DatasetException>(() => _folder.Ingest(_folder.Write("cut.parquet", File.ReadAllBytes(path)[..^missing]))).Message
                .ShouldSatisfyAllConditions(message => message.ShouldContain("cut.parquet: the Parquet file cannot be read"), message => message.ShouldEndWith("Write or fetch it again"));
    }

    [Fact]
    public void Ingest_OneRowInLatin1_NamesItAndWhatToDo()
    {
        var path = _folder.Write("a.csv", [.. "text,label\ncaf\u00E9,1\ncaf"u8, 0xE9, .. ",2\n"u8]);
        Should.Throw<DatasetException>(() => _folder.Ingest(path)).Message.ShouldContain("row 2 (line 3): it is not valid UTF-8. Convert the file first, e.g. iconv -f WINDOWS-1252 -t UTF-8; if only some rows");
    }

    [Fact]
    public void Ingest_Utf16WithoutMark_SaysHowToConvert() =>
        Should.Throw<DatasetException>(() => _folder.Ingest(_folder.Write("a.csv", Encoding.Unicode.GetBytes(SourceFolder.Reviews(50))))).Message.ShouldContain("iconv -f UTF-16LE");

    [Fact]
    public void Ingest_TimesOfSeveralForms_AreReadAndTold()
    {
        string[] times = ["2024-01-02", "1704153600", "01 2, 2024", "2038-01-20", "4102444800", "0102-03-04", "9999-12-31", "2024-13-45"];
        var path = _folder.Write("a.csv", "text,label,when\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"text {i},{i % 2},\"{times[i % 8]}\"\n")));
        var manifest = _folder.Ingest(path, source => source with { Time = "when" }).Manifest;
        manifest.Unreadable.Single().ShouldSatisfyAllConditions(unreadable => unreadable.Values.ShouldBe(150), unreadable => unreadable.FirstRows.Take(3).ShouldBe([6L, 7L, 8L]));
        manifest.Notes.Single().ShouldContain("Times are written in 3 ways, each read as what it is: ISO 8601, MM d, yyyy, Unix seconds.");
    }

    private static string Rows(string form) => string.Concat(Enumerable.Range(0, 60).Select(i => string.Format(null, form, $"text {i}", i % 2 == 0 ? "good" : "bad") + "\n"));

    private static int Drain(SourceReader reader) => reader.ReadBatches(_ => true, stop: TestContext.Current.CancellationToken).Sum(batch => batch.Count);

    private string Failure(string folder) => Should.Throw<DatasetException>(() => _folder.Ingest(Path.Combine(_folder.Home.Root, "..", folder))).Message;
}
