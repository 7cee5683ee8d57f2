using Plumbline.Datasets.Profiling;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed class TimeCalendarTests
{
    [Theory]
    [InlineData("2024-05-01T10:20:00Z", "2024-05-01T10:40:00Z", "hour", 1)]
    [InlineData("2024-05-01T00:00:00Z", "2024-05-30T00:00:00Z", "day", 30)]
    [InlineData("2024-01-03T00:00:00Z", "2024-12-31T00:00:00Z", "week", 53)]
    [InlineData("2020-01-31T00:00:00Z", "2024-01-01T00:00:00Z", "month", 49)]
    [InlineData("1999-12-31T00:00:00Z", "2009-01-01T00:00:00Z", "quarter", 38)]
    [InlineData("1970-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "year", 51)]
    [InlineData("1900-01-01T00:00:00Z", "2199-12-31T00:00:00Z", "decade", 30)]
    public void Divide_Span_TakesTheSmallestUnitThatFits(string first, string last, string unit, int bins)
    {
        var found = TimeCalendar.Divide(Microseconds(first), Microseconds(last));
        found.Unit.ShouldBe(unit);
        found.Starts.Count.ShouldBe(bins);
        found.Starts.ShouldBe(found.Starts.Order());
        found.Starts[0].ShouldBeLessThanOrEqualTo(Microseconds(first));
    }

    [Fact]
    public void Find_AnyTime_IsTheBinThatHoldsIt()
    {
        long[] starts = [0, 10, 20];
        new long[] { -5, 0, 9, 10, 19, 20, long.MaxValue }.Select(time => TimeCalendar.Find(starts, time)).ShouldBe([0, 0, 0, 1, 1, 2, 2]);
    }

    private static long Microseconds(string time) =>
        (DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
