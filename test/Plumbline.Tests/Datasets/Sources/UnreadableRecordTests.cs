using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class UnreadableRecordTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadOn_FaultyDelimitedRows_EachARowAndTheNextAsItStands()
    {
        byte[] content = [
            .. "a,text\n1,one\n2,too,many\n3,\"say \"\"no\"\",\nplease\"\n4,\"closed\" not\n5,five\r\n6,"u8, 0xFF, 0xFE, .. "\n7,\"he said \"\"x\"\" and never\n8,eight\n9,nine"u8,
        ];
        var rows = Read("in.csv", content);
        rows.Select(row => row.Fault is null ? row.Text : "!").ShouldBe(["one", "!", "say \"no\",\nplease", "!", "five", "!", "!", "eight", "nine"]);
        rows.Select(row => row.Number).ShouldBe(Enumerable.Range(1, 9).Select(number => (long)number));
        rows[1].Fault!.ShouldContain("it has 3 fields where the header has 2");
        rows[3].Fault!.ShouldContain("text follows the closing quote");
        rows[5].Fault!.ShouldContain("not valid UTF-8");
        rows[6].Fault!.ShouldContain("never closed");
        rows.Where(row => row.Fault is not null).ShouldAllBe(row => !row.Fault!.Contains("said", StringComparison.Ordinal));
    }

    [Fact]
    public void ReadOn_FaultyJsonLines_EachARowAndTheNextAsItStands()
    {
        byte[] content = [
            .. "{\"text\": \"one\"}\n[1]\n\n{\"text\": \n{\"text\": \"\\ud800\"}\n{\"text\": \""u8, 0xC3, .. "\"}\n{\"text\": 5}\n{\"text\": \"last\"}"u8,
        ];
        var rows = Read("in.jsonl", content);
        rows.Select(row => row.Fault is null ? row.Text : "!").ShouldBe(["one", "!", "!", "!", "!", "5", "last"]);
        rows.Select(row => row.Other).ShouldBe([null, null, null, null, null, "a number", null]);
    }

    [Theory]
    [InlineData("in.csv", "text\n")]
    [InlineData("in.jsonl", "")]
    public void ReadOn_ARowLongerThanAnyMayBe_PassedByWithoutHoldingIt(string name, string header)
    {
        var isJson = name == "in.jsonl";
        var content = new StringBuilder(header).Append(isJson ? "{\"text\": \"one\"}\n{\"text\": \"" : "one\n").Append('x', 17 << 20).Append(isJson ? "\"}\n{\"text\": \"last\"}\n" : "\nlast\n");
        var rows = Read(name, Encoding.UTF8.GetBytes(content.ToString()));
        rows.Select(row => row.Fault is null ? row.Text : "!").ShouldBe(["one", "!", "last"]);
        rows[1].Fault!.ShouldContain("longer than 16 MiB");
    }

    [Fact]
    public void ReadOn_WellFormedRows_AsReadDoes()
    {
        var path = _folder.Write("in.csv", SourceFolder.Reviews(5_000));
        Read("again.csv", File.ReadAllBytes(path)).Select(row => row.Text).ShouldBe(Strictly(path));
    }

    private static List<string> Strictly(string path)
    {
        using var file = SourceFile.Open(path);
        using var reader = file.Read(_ => true);
        var texts = new List<string>();
        while (reader.Read())
            texts.Add(Encoding.UTF8.GetString(reader.Field(0)));
        return texts;
    }

    private List<(long Number, string Text, string? Fault, string? Other)> Read(string name, byte[] content)
    {
        var path = _folder.Write(name, content);
        using var file = SourceFile.Open(new FileOrigin(path), new SourceOptions { Path = path, PassUnreadable = true }, null, TestContext.Current.CancellationToken);
        using var reader = file.ReadFrom(_ => true, 0);
        var text = file.Columns.ToList().IndexOf("text");
        var rows = new List<(long, string, string?, string?)>();
        while (reader.ReadOn())
            rows.Add((reader.Row, reader.Fault is null ? Encoding.UTF8.GetString(reader.Field(text)) : "", reader.Fault, reader.Fault is null ? reader.OtherThanText(text) : null));
        file.CheckUnchanged();
        return rows;
    }
}
