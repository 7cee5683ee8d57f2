using FsCheck.Xunit;
using Plumbline.Datasets.Aggregates;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Aggregates;

public sealed class EntityStateTests
{
    [Property(MaxTest = 500, Arbitrary = [typeof(EventRows)])]
    public void Observe_EventsInAnyOrder_SameState(EventRow[] rows, ulong seed)
    {
        var shuffled = rows.ToArray();
        new RandomSource(seed).Shuffle<EventRow>(shuffled);
        StateOf(shuffled).ShouldBe(StateOf(rows));
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(EventRows)])]
    public void Read_AfterWrite_SameState(EventRow[] rows)
    {
        var bytes = new byte[EntityState.Size];
        StateOf(rows).Write(bytes);
        EntityState.Read(bytes).ShouldBe(StateOf(rows));
    }

    [Fact]
    public void Observe_NothingYet_CountIsZeroAndTheRestMissing()
    {
        var values = new double[EntityState.ValueCount];
        EntityState.Finalise(default, -1, values);
        values.ShouldBe([double.NaN, 0, double.NaN, double.NaN]);
    }

    [Fact]
    public void Finalise_FurtherBackThanOneTime_NeverNegativeDays()
    {
        var state = default(EntityState);
        state.Observe(5, 100);
        state.Observe(7, 200);
        var values = new double[EntityState.ValueCount];
        EntityState.Finalise(state, 50, values);
        values[(int)EntityAggregate.DaysSinceLast].ShouldBe(double.NaN);
    }

    [Fact]
    public void ObserveLabel_SumBeyond64Bits_RefusedAndStateUnchanged()
    {
        var state = default(EntityState);
        state.ObserveLabel(long.MaxValue, 1);
        var before = state;
        Should.Throw<OverflowException>(() => state.ObserveLabel(1, 2));
        state.ShouldBe(before);
    }

    [Theory]
    [InlineData(4.5, 4_500_000)]
    [InlineData(-0.0000005, 0)]
    [InlineData(0.1, 100_000)]
    [InlineData(1e6, 1_000_000_000_000)]
    public void ToFixed_Number_Millionths(double value, long expected) => LabelValue.ToFixed(value).ShouldBe(expected);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1_000_001)]
    public void ToFixed_OutOfRange_Refused(double value) => Should.Throw<ArgumentOutOfRangeException>(() => LabelValue.ToFixed(value));

    [Fact]
    public void Features_All_ParseBackFromTheirNames()
    {
        EntityFeature.All.Count.ShouldBe(8);
        foreach (var feature in EntityFeature.All)
        {
            EntityFeature.TryParse(feature.Name, out var parsed).ShouldBeTrue();
            parsed.ShouldBe(feature);
        }
        EntityFeature.TryParse("user_avg", out _).ShouldBeFalse();
    }

    private static EntityState StateOf(EventRow[] rows)
    {
        var state = default(EntityState);
        foreach (var row in rows)
        {
            if (row.Time is { } time)
                state.Observe(row.Characters, time);
            if (row is { Label: { } label, LabelTime: { } arrival })
                state.ObserveLabel(label, arrival);
        }
        return state;
    }
}
