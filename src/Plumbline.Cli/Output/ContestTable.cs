using System.Globalization;
using Plumbline.Learning.Contests;

namespace Plumbline.Cli.Output;

/// <summary>A contest's standings for people.</summary>
internal static class ContestTable
{
    public static void Write(Terminal terminal, ContestReport report)
    {
        Tables.Write(
            terminal, ["Family", "Trials>", "Pruned>", "Failed>", "Macro-F1>", "Log-loss>", "Behind the best>", "95 %>", "McNemar p>", "Parameters"],
            report.Families.Select(standing => Row(standing, standing.Family == report.Chosen)));
        terminal.Error.WriteLine($"Chosen    {report.Why}.");
    }

    private static string[] Row(FamilyStanding standing, bool isChosen)
    {
        if (standing.Skipped is { } reason)
            return [standing.Family, "", "", "", "", "", "", "", "", $"skipped: {reason}"];
        var behind = standing.BehindBest;
        return
        [
            isChosen ? $"{standing.Family} ✓" : standing.Family, Text(standing.Trials), Text(standing.Pruned), Text(standing.Failed),
            Text(standing.Best?.MacroF1, "f4"), Text(standing.Best?.LogLoss, "f4"), Text(behind?.Difference, "f4"),
            behind is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{behind.Low:f4} to {behind.High:f4}"), Text(behind?.McNemarP, "g2"),
            standing.Best?.Candidate.Parameters.ToString() ?? "",
        ];
    }

    private static string Text(int count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
