using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class RowFactsTests
{
    [Theory]
    [InlineData(1 << 20, 2047, true)]
    [InlineData(1 << 20, 2048, false)]
    [InlineData(2048, int.MaxValue, false)]
    [InlineData(int.MaxValue - 100, 0, true)]
    [InlineData(int.MaxValue, 0, false)]
    public void HasRoomFor_ValuesUpToTheLongestArray_IsSo(int records, int numbers, bool expected)
    {
        using var rows = new RowFacts();
        rows.HasRoomFor(records, numbers).ShouldBe(expected);
    }

    [Fact]
    public void HasRoomFor_SomeRemembered_CountsThem()
    {
        using var rows = new RowFacts();
        rows.HasRoomFor(RowFacts.MostValues, 1).ShouldBeTrue();
        rows.Labels.Add(0);
        rows.HasRoomFor(RowFacts.MostValues, 1).ShouldBeFalse();
        rows.HasRoomFor(RowFacts.MostValues - 1, 1).ShouldBeTrue();
    }
}
