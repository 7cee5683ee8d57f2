using FsCheck.Xunit;
using Plumbline.Datasets.Aggregates;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Aggregates;

public sealed class AsOfAggregatesTests
{
    private const long Day = 86_400_000_000;

    [Property(MaxTest = 500, Arbitrary = [typeof(EventRows)])]
    public void Compute_AnyRows_SameBitsAsNaive(EventRow[] rows, bool labelsArriveLater)
    {
        using var values = Compute(rows, labelsArriveLater, EntityFeature.All);
        for (var row = 0; row < rows.Length; row++)
            Bits(values.Row(row)).ShouldBe(Bits(NaiveAggregates.Of(rows, row, labelsArriveLater)), $"row {row}: {rows[row]}");
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(EventRows)])]
    public void Compute_RowsInAnotherOrder_SameValuesAndStates(EventRow[] rows, ulong seed)
    {
        var order = Enumerable.Range(0, rows.Length).ToArray();
        new RandomSource(seed).Shuffle<int>(order);
        using var values = Compute(rows, true, EntityFeature.All);
        using var shuffled = Compute([.. order.Select(row => rows[row])], true, EntityFeature.All);
        for (var i = 0; i < order.Length; i++)
            Bits(shuffled.Row(i)).ShouldBe(Bits(values.Row(order[i])));
        shuffled.States(EntityKind.User).ToArray().ShouldBe(values.States(EntityKind.User).ToArray());
        shuffled.States(EntityKind.Item).ToArray().ShouldBe(values.States(EntityKind.Item).ToArray());
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(EventRows)])]
    public void Compute_SomeFeatures_InTheOrderAskedFor(EventRow[] rows)
    {
        EntityFeature[] wanted = [new(EntityKind.Item, EntityAggregate.MeanLabel), new(EntityKind.User, EntityAggregate.ReviewCount)];
        using var all = Compute(rows, false, EntityFeature.All);
        using var some = Compute(rows, false, wanted);
        for (var row = 0; row < rows.Length; row++)
            Bits(some.Row(row)).ShouldBe(Bits([all.Row(row)[6], all.Row(row)[1]]));
    }

    [Fact]
    public void Compute_RecordsOfOneDay_DoNotSeeEachOther()
    {
        EventRow[] rows =
        [
            new(0, null, 10, Day, LabelValue.Scale, null), new(0, null, 30, 2 * Day, 0, null), new(0, null, 50, 2 * Day, 0, null), new(0, null, 1, 5 * Day, null, null),
        ];
        using var values = Compute(rows, false, EntityFeature.All);
        values.Row(0)[..4].ToArray().ShouldBe([double.NaN, 0, double.NaN, double.NaN]);
        values.Row(1)[..4].ToArray().ShouldBe([10, 1, 1, 1]);
        values.Row(2)[..4].ToArray().ShouldBe([10, 1, 1, 1]);
        values.Row(3)[..4].ToArray().ShouldBe([30, 3, 1 / 3.0, 3]);
        values.Row(3)[4..].ToArray().ShouldAllBe(value => double.IsNaN(value));
        values.States(EntityKind.User)[0].Records.ShouldBe(4);
        values.States(EntityKind.Item).Length.ShouldBe(0);
    }

    [Fact]
    public void Compute_LabelArrivesLate_CountsOnlyFromThen()
    {
        EventRow[] rows =
        [
            new(0, null, 10, Day, LabelValue.Scale, 3 * Day), new(0, null, 10, 2 * Day, null, null), new(0, null, 10, 3 * Day, null, null), new(0, null, 10, (3 * Day) + 1, null, null),
        ];
        using var values = Compute(rows, true, [new(EntityKind.User, EntityAggregate.MeanLabel)]);
        Enumerable.Range(0, 4).Select(row => values.Row(row)[0]).ShouldBe([double.NaN, double.NaN, double.NaN, 1]);
    }

    [Fact]
    public void Compute_NoRows_NoValues()
    {
        using var values = Compute([], false, EntityFeature.All);
        values.Count.ShouldBe(0);
    }

    [Fact]
    public void Compute_SpansOfDifferentLength_Refused() =>
        Should.Throw<ArgumentException>(() => AsOfAggregates.Compute(new AsOfRows { Times = new long[2], Characters = new int[2], Users = new int[3] }, EntityFeature.All))
            .Message.ShouldBe("Users has 3 rows, Times 2.");

    [Fact]
    public void Compute_NumberBelowMinusOne_Refused() =>
        Should.Throw<ArgumentException>(() => AsOfAggregates.Compute(new AsOfRows { Times = new long[1], Characters = new int[1], Users = [-7] }, EntityFeature.All))
            .Message.ShouldContain("-7");

    internal static AsOfValues Compute(EventRow[] rows, bool labelsArriveLater, IReadOnlyList<EntityFeature> wanted) => AsOfAggregates.Compute(
        new AsOfRows
        {
            Times = rows.Select(row => row.Time ?? EntityState.NoTime).ToArray(),
            Characters = rows.Select(row => row.Characters).ToArray(),
            Users = rows.Select(row => row.User ?? -1).ToArray(),
            Items = rows.Select(row => row.Item ?? -1).ToArray(),
            Labels = rows.Select(row => row.Label ?? LabelValue.None).ToArray(),
            LabelTimes = labelsArriveLater ? rows.Select(row => row.LabelTime ?? EntityState.NoTime).ToArray() : [],
        },
        wanted);

    internal static long[] Bits(ReadOnlySpan<double> values)
    {
        var bits = new long[values.Length];
        for (var i = 0; i < bits.Length; i++)
            bits[i] = BitConverter.DoubleToInt64Bits(values[i]);
        return bits;
    }
}
