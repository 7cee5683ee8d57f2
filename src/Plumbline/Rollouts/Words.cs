using System.Globalization;

namespace Plumbline.Rollouts;

/// <summary>Numbers as explanations have them.</summary>
internal static class Words
{
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits, as many as a histogram knows.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    public static string Score(double value) => double.IsNaN(value) ? "undefined" : value.ToString("0.0000", CultureInfo.InvariantCulture);

    public static string Signed(double value) => value.ToString("+0.0000;-0.0000;0", CultureInfo.InvariantCulture);

    public static string Percent(double value) => double.IsNaN(value) ? "undefined" : $"{(100 * value).ToString("0.###", CultureInfo.InvariantCulture)} %";

    public static string SignedPercent(double value) => $"{(100 * value).ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)} %";

    public static string Time(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => Number(time.TotalDays) + " days",
        { TotalHours: >= 2 } => Number(time.TotalHours) + " h",
        { TotalMinutes: >= 2 } => Number(time.TotalMinutes) + " min",
        _ => Number(time.TotalSeconds) + " s",
    };
}
