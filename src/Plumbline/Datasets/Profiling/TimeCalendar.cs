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
        ("decade", time => new DateTime(time.Year - (time.Year % 10), 1, 1), time => time.AddYears(10)),
    ];

    /// <summary>By the smallest unit of which 60 are enough.</summary>
    /// <param name="first">Microseconds since 1970, as sources have them: 1900 to 2199.</param>
    public static TimeBins Divide(long first, long last)
    {
        foreach (var (unit, floor, next) in Units)
        {
            var starts = new List<long>();
            for (var start = floor(Time(first)); start <= Time(last) && starts.Count <= MostBins; start = next(start))
                starts.Add((start - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            if (starts.Count <= MostBins)
                return new TimeBins(unit, starts);
        }
        throw new ArgumentOutOfRangeException(nameof(last), last, "There are over 60 decades.");
    }

    /// <summary>The bin in which a time lies, or the nearest.</summary>
    public static int Find(long[] starts, long time)
    {
        var at = Array.BinarySearch(starts, time);
        return at >= 0 ? at : Math.Max(0, ~at - 1);
    }

    private static DateTime Time(long microseconds) => DateTime.UnixEpoch.AddMicroseconds(microseconds);
}
