using System.Globalization;

namespace Plumbline.Datasets;

/// <summary>How times are written.</summary>
[Flags]
internal enum TimeForms
{
    None = 0,
    Iso = 1,
    Slashes = 2,
    Digits = 4,
    MonthDayYear = 8,
    UnixSeconds = 16,
    UnixMilliseconds = 32,
    UnixMicroseconds = 64,
}

/// <summary>
/// Reads the times that sources hold. Formats in which day and month could be confused are left out, as are times before 1900 and from 2200 on: they are
/// slips of the pen (0102 for 2012) or stand for no time at all (9999-12-31).
/// </summary>
internal static class TimeParser
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFzz", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm",
        "yyyy/MM/dd", "yyyyMMdd", "M d, yyyy",
    ];

    private const long First = -2_208_988_800_000_000;
    private const long End = 7_258_118_400_000_000;

    /// <param name="microseconds">Since 1970-01-01T00:00:00Z; without an offset the time is UTC.</param>
    public static bool TryParse(ReadOnlySpan<char> value, out long microseconds) => TryParse(value, out microseconds, out _);

    /// <param name="form">How it is written; one value, and none where it cannot be read.</param>
    public static bool TryParse(ReadOnlySpan<char> value, out long microseconds, out TimeForms form)
    {
        form = TryParseAny(value.Trim(), out microseconds);
        if (form != TimeForms.None && microseconds is >= First and < End)
            return true;
        (microseconds, form) = (0, TimeForms.None);
        return false;
    }

    /// <param name="utf8">Valid UTF-8.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out long microseconds, out TimeForms form)
    {
        Span<char> value = stackalloc char[40];
        if (utf8.Length <= value.Length)
            return TryParse(value[..System.Text.Encoding.UTF8.GetChars(utf8, value)], out microseconds, out form);
        (microseconds, form) = (0, TimeForms.None);
        return false;
    }

    private static TimeForms TryParseAny(ReadOnlySpan<char> value, out long microseconds)
    {
        if (value.Length is >= 9 and <= 18 && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unix))
        {
            (microseconds, var form) = value.TrimStart("+-").Length switch
            {
                >= 15 => (unix, TimeForms.UnixMicroseconds),
                >= 12 => (unix * 1_000, TimeForms.UnixMilliseconds),
                _ => (unix * 1_000_000, TimeForms.UnixSeconds),
            };
            return form;
        }
        if (!DateTimeOffset.TryParseExact(value, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            microseconds = 0;
            return TimeForms.None;
        }
        microseconds = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return value.Contains(',') ? TimeForms.MonthDayYear : value[4] switch
        {
            '-' => TimeForms.Iso,
            '/' => TimeForms.Slashes,
            _ => TimeForms.Digits,
        };
    }
}
