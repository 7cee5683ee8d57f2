using Cronos;

namespace Plumbline.Pipelines.Schedules;

/// <summary>Occurrences of a cron expression in a time zone. A time that daylight saving skips is right after the gap; one that it repeats occurs once, but for expressions of intervals. Immutable.</summary>
public sealed class CronTimes
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromHours(1);
    private static readonly TimeSpan LastLook = TimeSpan.FromDays(366 * 8);

    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    /// <param name="expression">Minute, hour, day of month, month, day of week; or <c>@daily</c> and the like.</param>
    /// <param name="timeZone">IANA name, such as <c>Europe/Berlin</c>.</param>
    /// <exception cref="ArgumentException">One of them cannot be read; the message says what is wrong.</exception>
    public CronTimes(string expression, string timeZone)
    {
        try
        {
            _expression = CronExpression.Parse(expression);
        }
        catch (CronFormatException exception)
        {
            throw new ArgumentException($"cron: '{Storage.MetadataText.Quote(expression)}' cannot be read: {exception.Message.TrimEnd('.')}. Write five fields (minute, hour, day of month, month, day of week), such as 0 3 * * *.", exception);
        }
        _zone = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone)
            ? zone
            : throw new ArgumentException($"time_zone: '{Storage.MetadataText.Quote(timeZone)}' is unknown here; write a name such as Europe/Berlin, or UTC.");
    }

    /// <summary>The first after a time; null where there is none any more.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => _expression.GetNextOccurrence(after, _zone)?.ToUniversalTime();

    /// <summary>The last before a time; null where there was none in eight years.</summary>
    public DateTimeOffset? Previous(DateTimeOffset before)
    {
        for (var look = FirstLook; look <= LastLook; look *= 2)
        {
            DateTimeOffset? last = null;
            // Of those that come often the first look finds at most sixty.
            for (var next = Next(before - look); next < before; next = Next(next.Value))
                last = next;
            if (last is not null)
                return last;
        }
        return null;
    }

    /// <summary>Those from a time on, that one included, before another.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset until)
    {
        for (var next = Next(from.AddTicks(-1)); next < until; next = Next(next.Value))
            yield return next.Value;
    }
}
