using System.CommandLine.Parsing;
using System.Globalization;

namespace Plumbline.Cli;

/// <summary>Times such as <c>90s</c>, <c>10m</c>, <c>2h</c> or <c>1.5h</c>.</summary>
internal static class Durations
{
    /// <summary>Null, with an error, where it is none.</summary>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var unit = text.Length == 0 ? '?' : text[^1];
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (seconds > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * seconds is > 0 and <= 30 * 86400)
            return TimeSpan.FromSeconds(number * seconds);
        result.AddError($"'{text}' is no time above 0 and at most 30 days; write one such as 90s, 10m or 2h.");
        return null;
    }
}
