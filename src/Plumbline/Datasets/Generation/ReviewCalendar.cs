namespace Plumbline.Datasets.Generation;

/// <summary>Spreads rows over the days: more as the years go by, before Christmas, on Sundays and in the evening.</summary>
internal sealed class ReviewCalendar
{
    // Relative activity by hour (UTC).
    private static readonly double[] HourWeights =
        [5, 3, 2, 2, 1, 2, 3, 5, 7, 9, 10, 11, 12, 12, 12, 13, 14, 15, 17, 20, 21, 18, 13, 8];

    private readonly DateTime _start;
    private readonly double[] _days;
    private readonly double[] _hours = Cumulate(HourWeights);

    public ReviewCalendar(DateOnly start, DateOnly end)
    {
        _start = start.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        var weights = new double[end.DayNumber - start.DayNumber];
        for (var day = 0; day < weights.Length; day++)
        {
            var date = start.AddDays(day);
            var season = date.Month switch { 12 => 1.5, 1 => 1.3, 11 => 1.15, 6 or 7 => 0.9, _ => 1.0 };
            var week = date.DayOfWeek switch { DayOfWeek.Sunday => 1.25, DayOfWeek.Saturday => 1.1, _ => 1.0 };
            weights[day] = season * week * (1 + (0.5 * day / weights.Length));
        }
        _days = Cumulate(weights);
    }

    /// <summary>The time before which a share of <paramref name="position"/>, in [0, 1), of all reviews is written; whole seconds.</summary>
    public DateTime At(double position)
    {
        var day = Locate(_days, position, out var within);
        var hour = Locate(_hours, within, out var withinHour);
        return _start.AddDays(day).AddSeconds((hour * 3600) + Math.Floor(withinHour * 3600));
    }

    private static int Locate(double[] cumulative, double position, out double within)
    {
        var found = Array.BinarySearch(cumulative, position);
        var index = Math.Min(found < 0 ? ~found - 1 : found, cumulative.Length - 2);
        within = Math.Clamp((position - cumulative[index]) / (cumulative[index + 1] - cumulative[index]), 0, 1 - 1e-12);
        return index;
    }

    private static double[] Cumulate(double[] weights)
    {
        var cumulative = new double[weights.Length + 1];
        var total = weights.Sum();
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += weights[i];
            cumulative[i + 1] = sum / total;
        }
        return cumulative;
    }
}
