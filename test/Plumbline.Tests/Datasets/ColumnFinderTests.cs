using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class ColumnFinderTests
{
    private static readonly string[] Amazon = ["unnamed1", "asin", "helpful", "overall", "reviewText", "reviewTime", "reviewerID", "reviewerName", "summary", "unixReviewTime"];

    private static readonly string[][] AmazonRows =
        [["0", "B1", "[8, 10]", "3", "Long text", "09 2, 2010", "A3", "Jo", "Fine", "1283385600"], ["1", "B2", "[0, 0]", "5", "Other text", "10 8, 2013", "A4", "Al", "Good", "1381190400"]];

    [Fact]
    public void Find_KnownNames_EachColumnByName()
    {
        var mapping = Find(Amazon, AmazonRows);
        mapping.Text.ShouldBe(new MappedColumn(4, "reviewText", "by name"));
        mapping.Label.ShouldBe(new MappedColumn(3, "overall", "by name"));
        mapping.User!.Name.ShouldBe("reviewerID");
        mapping.Item!.Name.ShouldBe("asin");
        mapping.Time!.Name.ShouldBe("unixReviewTime");
        mapping.Split.ShouldBeNull();
    }

    [Fact]
    public void Find_NamedColumns_WinAndAreNotTakenTwice()
    {
        var mapping = Find(Amazon, AmazonRows, options => options with { Text = "SUMMARY", Label = "reviewText", Numeric = ["unixReviewTime"] });
        mapping.Text.ShouldBe(new MappedColumn(8, "summary", "named"));
        mapping.Label!.Why.ShouldBe("named");
        mapping.Time!.Name.ShouldBe("reviewTime");
        mapping.Numeric.Single().Index.ShouldBe(9);
    }

    [Fact]
    public void Find_UnknownNames_ByShape()
    {
        var mapping = Find(["id", "words", "kind"], [.. Enumerable.Range(0, 40).Select(i => new[] { $"{i}", $"some longer words {i}", i % 2 == 0 ? "a" : "b" })]);
        mapping.Text.ShouldBe(new MappedColumn(1, "words", "by shape"));
        mapping.Label.ShouldBe(new MappedColumn(2, "kind", "by shape"));
    }

    [Fact]
    public void Find_SplitColumnWithOtherValues_IsNotASplit() =>
        Find(["text", "label", "set"], [["a", "1", "A"], ["b", "2", "test"]]).Split.ShouldBeNull();

    [Fact]
    public void Find_TwoPossibleLabels_NamesThemAndTheOption()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new[] { $"some longer words {i}", $"{i % 2}", $"{i % 3}" }).ToArray();
        Should.Throw<DatasetException>(() => Find(["text", "x", "y"], rows)).Message.ShouldBe("f.csv: 'x', 'y' could each be the label. Name one with --label");
    }

    [Fact]
    public void Find_TwoPossibleTexts_NamesThemAndTheOption()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new[] { $"some longer words {i}", $"other long words {i}", $"{i % 2}" }).ToArray();
        var message = Should.Throw<DatasetException>(() => Find(["x", "y", "label"], rows)).Message;
        message.ShouldContain("'x' and 'y'");
        message.ShouldContain("--text");
    }

    [Fact]
    public void Find_NoLabel_ListsTheColumns()
    {
        var message = Should.Throw<DatasetException>(() => Find(["text", "id"], [["a", "1"], ["b", "2"], ["c", "3"]])).Message;
        message.ShouldContain("'text', 'id'");
        message.ShouldContain("--label");
    }

    [Fact]
    public void Find_NamedColumnAbsent_ListsTheColumns() =>
        Should.Throw<DatasetException>(() => Find(Amazon, AmazonRows, options => options with { Label = "stars" })).Message.ShouldContain("no column 'stars' (--label). Its columns: 'unnamed1', 'asin'");

    private static SchemaMapping Find(string[] columns, string[][] rows, Func<SourceOptions, SourceOptions>? change = null)
    {
        var options = new SourceOptions { Path = "f.csv" };
        return ColumnFinder.Find(change is null ? options : change(options), columns, rows, labelled: true);
    }
}
