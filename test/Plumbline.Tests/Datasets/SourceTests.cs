using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class SourceTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadTexts_NoLabel_EveryRowInOrderEmptyOnesToo()
    {
        var path = _folder.Write("a.csv", "id,text,price\n1,first,2.5\n2,,1e39\n3,\"third\n\"\"line\"\"\",x\n");
        var batches = Source.ReadTexts(new SourceOptions { Path = path, Numeric = ["price"] }, batchSize: 2, stop: TestContext.Current.CancellationToken).ToArray();
        batches.Select(batch => batch.Count).ShouldBe([2, 1]);
        Encoding.UTF8.GetString(batches[0].Text(0)).ShouldBe("first");
        batches[0].Text(1).Length.ShouldBe(0);
        Encoding.UTF8.GetString(batches[1].Text(0)).ShouldBe("third\n\"line\"");
        batches[1].Row(0).ShouldBe(2);
        batches[1].Label(0).ShouldBe(-1);
        batches[0].Inputs(0)[0].ShouldBe(2.5f);
        float.IsNaN(batches[0].Inputs(1)[0]).ShouldBeTrue();
        float.IsNaN(batches[1].Inputs(0)[0]).ShouldBeTrue();
    }

    [Fact]
    public void ReadTexts_OneColumn_NeedsNoSeparator()
    {
        var path = _folder.Write("a.txt", "text\nhello there\nbye\n");
        Source.ReadTexts(new SourceOptions { Path = path }, stop: TestContext.Current.CancellationToken).Single().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("text;label\na;1\nb, c;2\n", "text", "label")]
    [InlineData("text\tlabel\n\"a\" b, c\t1\nb\t2\n", "text", "label")]
    [InlineData("text|label\na|1\nb|2\n", "text", "label")]
    [InlineData("text,label\n\"a;b;c\",1\n\"d;e;f\",2\n", "text", "label")]
    [InlineData("a bad film it was,neg\na good film,pos\nanother good film,pos\nand one more,neg\n", "column1", "column2")]
    public void Inspect_AnySeparatorWithOrWithoutHeader_IsFound(string content, string text, string label)
    {
        var mapping = Source.Inspect(new SourceOptions { Path = _folder.Write("a.data", content) });
        mapping.Text.Name.ShouldBe(text);
        mapping.Label!.Name.ShouldBe(label);
    }

    [Fact]
    public void ReadTexts_JsonLines_UnescapesAndKeepsNumbersAsWritten()
    {
        var path = _folder.Write("a.jsonl", "{\"n\":{\"x\":[1]},\"text\":\"caf\\u00e9 \\ud83d\\ude00\"}\n\n{\"text\":1.50}\r\n{\"other\":1,\"text\":null}\n");
        var batch = Source.ReadTexts(new SourceOptions { Path = path }, stop: TestContext.Current.CancellationToken).Single();
        Enumerable.Range(0, batch.Count).Select(i => Encoding.UTF8.GetString(batch.Text(i))).ShouldBe(["café 😀", "1.50", ""]);
    }
}
