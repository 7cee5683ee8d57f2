using System.CommandLine.Parsing;
using System.Globalization;

namespace Plumbline.Cli;

/// <summary>Times such as <c>90s</c>, <c>10m</c>, <c>2h</c>, <c>1.5h</c> or <c>90d</c>. Null, with an error, where it is none.</summary>
internal static class Durations
{
    private const int SecondsOfDay = 86_400;
    private const int MostDays = 30;
    private const int MostDaysOfAge = 36_500;

    /// <summary>How long something may take: above 0, at most 30 days.</summary>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (SecondsOf(text) is > 0 and <= MostDays * SecondsOfDay and var seconds)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"'{text}' is no time above 0 and at most 30 days; write one such as 90s, 10m or 2h.");
        return null;
    }

    /// <summary>How long something may be ago: from 0 to 100 years.</summary>
    public static TimeSpan? ParseAge(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (SecondsOf(text) is >= 0 and <= (double)MostDaysOfAge * SecondsOfDay and var seconds)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"'{text}' is no time from 0d to {MostDaysOfAge}d; write one such as 90d or 12h.");
        return null;
    }

    private static double? SecondsOf(string text)
    {
        var unit = text.Length == 0 ? '?' : text[^1];
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => SecondsOfDay, _ => 0 };
        return seconds > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number * seconds : null;
    }
}
