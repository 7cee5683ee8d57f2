using System.CommandLine.Parsing;
using Plumbline.Projects;

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
        if (DurationText.SecondsOf(text) is > 0 and <= MostDays * SecondsOfDay and var seconds)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"'{text}' is no time above 0 and at most 30 days; write one such as 90s, 10m or 2h.");
        return null;
    }

    /// <summary>How long something may be ago: from 0 to 100 years.</summary>
    public static TimeSpan? ParseAge(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DurationText.SecondsOf(text) is >= 0 and <= (double)MostDaysOfAge * SecondsOfDay and var seconds)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"'{text}' is no time from 0d to {MostDaysOfAge}d; write one such as 90d or 12h.");
        return null;
    }
}
