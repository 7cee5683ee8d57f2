using System.Globalization;
using Plumbline.Learning.Contests;

namespace Plumbline.Cli.Output;

/// <summary>A contest's standings for people.</summary>
internal static class ContestTable
{
    /// <summary>Below it, what the page has too is left out.</summary>
    private const int FullWidth = 125;

    public static void Write(Terminal terminal, ContestReport report)
    {
        var competing = report.Families.Where(standing => standing.Skipped is null).ToArray();
        if (Tables.ConsoleOf(terminal).Profile.Width >= FullWidth)
        {
            Tables.Write(
                terminal, ["Family", "Trials>", "Pruned>", "Failed>", "Valid macro-F1>", "Log-loss>", "Behind the best>", "95 % interval>", "McNemar p>"],
                competing.Select(standing => Full(standing, standing.Family == report.Chosen)));
        }
        else
        {
            Tables.Write(
                terminal, ["Family", "Trials>", "Pruned>", "Failed>", "Macro-F1>", "Behind the best>"], competing.Select(standing => Narrow(standing, standing.Family == report.Chosen)));
        }
        foreach (var standing in report.Families.Where(standing => standing.Skipped is not null))
            terminal.Error.WriteLine($"Skipped   {standing.Family}: {standing.Skipped}");
        terminal.Error.WriteLine($"Chosen    {(report.Chosen is null ? $"nothing: {report.Why}" : report.Why)}.");
    }

    private static string[] Full(FamilyStanding standing, bool isChosen) =>
    [
        Name(standing, isChosen), Text(standing.Trials), Text(standing.Pruned), Text(standing.Failed), Text(standing.Best?.MacroF1, "f4"), Text(standing.Best?.LogLoss, "f4"),
        Text(standing.BehindBest?.Difference, "f4"), Interval(standing, "f4"), Text(standing.BehindBest?.McNemarP, "g2"),
    ];

    private static string[] Narrow(FamilyStanding standing, bool isChosen) =>
    [
        Name(standing, isChosen), Text(standing.Trials), Text(standing.Pruned), Text(standing.Failed), Text(standing.Best?.MacroF1, "f4"), Interval(standing, "f3"),
    ];

    private static string Name(FamilyStanding standing, bool isChosen) => isChosen ? $"{standing.Family} ✓" : standing.Family;

    private static string Interval(FamilyStanding standing, string format) =>
        standing.BehindBest is { } behind ? $"{Text(behind.Low, format)} to {Text(behind.High, format)}" : "";

    private static string Text(int count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Text(double? value, string format) => value is { } number && !double.IsNaN(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";
}
