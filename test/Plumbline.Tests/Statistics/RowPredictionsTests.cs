using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class RowPredictionsTests
{
    private static readonly RowPredictions Three = new()
    {
        Bundle = "b",
        Snapshot = "s",
        Labels = ["bad", "good"],
        Truth = [0, 1, 1],
        Predicted = [0, 0, 1],
        Lengths = [3, 0, 70_000],
        Language = new CategoryColumn("language", ["en", "und"], [0, 1, 0]),
        Categories = [new CategoryColumn("country", ["DE", ""], [0, 0, 1])],
        Numbers = [new NumberColumn("price", [1.5, double.NaN, -1e300])],
    };

    [Fact]
    public void Read_Written_IsTheSameWithoutLoss()
    {
        var read = Read(Write(Three));
        Write(read).ShouldBe(Write(Three));
        double.IsNaN(read.Numbers[0].Values[1]).ShouldBeTrue();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void Read_CutShort_IsDamaged(int bytes) => Should.Throw<InvalidDataException>(() => Read(Write(Three)[..bytes]));

    [Fact]
    public void Read_ColumnsThatDoNotFit_IsDamaged()
    {
        Should.Throw<InvalidDataException>(() => Read(Write(Three with { Predicted = [0] }))).Message.ShouldContain("not of one length");
        Should.Throw<InvalidDataException>(() => Read(Write(Three with { Truth = [0, 1, 2] }))).Message.ShouldContain("labels beyond its list");
        Should.Throw<InvalidDataException>(() => Read(Write(Three with { Language = new CategoryColumn("language", ["en"], [0, 1, 0]) })));
        Should.Throw<InvalidDataException>(() => Read(Write(Three with { Format = 2 }))).Message.ShouldContain("format 2");
    }

    [Fact]
    public void In_OtherLabels_AreTheSameAnswers()
    {
        var (truth, predicted) = Three.In(["good", "new", "bad"])!.Value;
        truth.ShouldBe([2, 0, 0]);
        predicted.ShouldBe([2, 2, 0]);
        Three.In(["good"]).ShouldBeNull();
    }

    private static byte[] Write(RowPredictions rows)
    {
        using var stream = new MemoryStream();
        rows.Write(stream);
        return stream.ToArray();
    }

    private static RowPredictions Read(byte[] bytes) => RowPredictions.Read(new MemoryStream(bytes));
}
