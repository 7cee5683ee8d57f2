using System.Globalization;

namespace Plumbline.Datasets;

/// <summary>Reads the times that sources hold. Formats in which day and month could be confused are left out.</summary>
public static class TimeParser
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFzz", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm",
        "yyyy/MM/dd", "yyyyMMdd", "M d, yyyy",
    ];

    /// <param name="microseconds">Since 1970-01-01T00:00:00Z; without an offset the time is UTC.</param>
    public static bool TryParse(ReadOnlySpan<char> value, out long microseconds)
    {
        value = value.Trim();
        if (value.Length is >= 9 and <= 18 && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unix))
        {
            microseconds = value.TrimStart("+-").Length switch
            {
                >= 15 => unix,
                >= 12 => unix * 1_000,
                _ => unix * 1_000_000,
            };
            return true;
        }
        var parsed = DateTimeOffset.TryParseExact(value, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        microseconds = parsed ? (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : 0;
        return parsed;
    }

    /// <param name="utf8">Valid UTF-8.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out long microseconds)
    {
        Span<char> value = stackalloc char[40];
        if (utf8.Length <= value.Length)
            return TryParse(value[..System.Text.Encoding.UTF8.GetChars(utf8, value)], out microseconds);
        microseconds = 0;
        return false;
    }
}
