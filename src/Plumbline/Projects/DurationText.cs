using System.Globalization;

namespace Plumbline.Projects;

/// <summary>Times as people write them: <c>90s</c>, <c>10m</c>, <c>2h</c>, <c>1.5h</c>, <c>7d</c>.</summary>
public static class DurationText
{
    private const int SecondsOfDay = 86_400;

    /// <summary>Seconds, at least 0; null where it is none.</summary>
    public static double? SecondsOf(string text)
    {
        var unit = text.Length == 0 ? '?' : text[^1];
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => SecondsOfDay, _ => 0 };
        return seconds > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number * seconds : null;
    }
}
