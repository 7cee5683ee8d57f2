namespace Plumbline.Datasets.Profiling;

/// <summary>Divides a span of time by the calendar.</summary>
internal static class TimeCalendar
{
    private const int MostBins = 60;

    private static readonly (string Unit, Func<DateTime, DateTime> Floor, Func<DateTime, DateTime> Next)[] Units =
    [
        ("hour", time => time.Date.AddHours(time.Hour), time => time.AddHours(1)),
        ("day", time => time.Date, time => time.AddDays(1)),
        ("week", time => time.Date.AddDays(-(((int)time.DayOfWeek + 6) % 7)), time => time.AddDays(7)),
        ("month", time => new DateTime(time.Year, time.Month, 1), time => time.AddMonths(1)),
        ("quarter", time => new DateTime(time.Year, time.Month - ((time.Month - 1) % 3), 1), time => time.AddMonths(3)),
        ("year", time => new DateTime(time.Year, 1, 1), time => time.AddYears(1)),
        ("decade", time => new DateTime(Math.Max(1, time.Year - (time.Year % 10)), 1, 1), time => new DateTime(time.Year - (time.Year % 10), 1, 1).AddYears(10)),
        ("century", time => new DateTime(Math.Max(1, time.Year - (time.Year % 100)), 1, 1), time => new DateTime(time.Year - (time.Year % 100), 1, 1).AddYears(100)),
    ];

    /// <summary>By the smallest unit of which 60 are enough.</summary>
    /// <param name="first">Microseconds since 1970.</param>
    public static TimeBins Divide(long first, long last)
    {
        foreach (var (unit, floor, next) in Units)
        {
            var starts = new List<long>();
            // The years 1 to 9999 are all that the calendar knows; what is beyond counts into the bins at the ends.
            var end = Time(last);
            for (var start = Floor(Time(first), floor); start <= end && starts.Count <= MostBins; start = next(start))
            {
                starts.Add((start - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                if (start.Year >= 9900)
                    break;
            }
            if (starts.Count <= MostBins || unit == Units[^1].Unit)
                return new TimeBins(unit, starts);
        }
        throw new InvalidOperationException("No unit of the calendar was left.");
    }

    /// <summary>The bin in which a time lies, or the nearest.</summary>
    public static int Find(long[] starts, long time)
    {
        var at = Array.BinarySearch(starts, time);
        return at >= 0 ? at : Math.Max(0, ~at - 1);
    }

    // A week may begin before the calendar does.
    private static DateTime Floor(DateTime time, Func<DateTime, DateTime> floor) => time < DateTime.MinValue.AddDays(7) ? DateTime.MinValue : floor(time);

    private static DateTime Time(long microseconds) =>
        DateTime.UnixEpoch.AddTicks(Math.Clamp(microseconds, -62_135_596_800_000_000, 253_402_300_799_000_000) * TimeSpan.TicksPerMicrosecond);
}
