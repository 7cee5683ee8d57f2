using System.Globalization;
using Plumbline.Learning.Contests;

namespace Plumbline.Cli.Output;

/// <summary>A contest's standings for people.</summary>
internal static class ContestTable
{
    public static void Write(Terminal terminal, ContestReport report)
    {
        Tables.Write(
            terminal, ["Family", "Trials>", "Pruned>", "Failed>", "Valid macro-F1>", "Log-loss>", .. Costs(report), "Behind the best>", "95 %>", "McNemar p>", "Parameters"],
            report.Families.Select(standing => Row(report, standing)));
        if (report.Front is { } front)
        {
            terminal.Error.WriteLine("The Pareto front: trials that no other one beats in one objective without losing in another");
            Tables.Write(
                terminal, ["Family", "Trial>", "Valid macro-F1>", .. Costs(report), "Parameters"],
                front.Select(trial => new[] { trial.Family, Text(trial.Trial), Text(trial.MacroF1, "f4") }.Concat(Costs(report, trial.Costs)).Append(trial.Parameters.ToString()).ToArray()));
        }
        terminal.Error.WriteLine($"Chosen    {report.Why}.");
        if (report.NotReproducible is { } why)
            terminal.Error.WriteLine($"Note      The same data, options and seed may give another result: {why}.");
    }

    /// <summary>Headings of what models cost, as far as it was asked for.</summary>
    private static IEnumerable<string> Costs(ContestReport report)
    {
        if (report.Objectives.Contains(ContestObjective.Latency))
            yield return "Latency µs>";
        if (report.Objectives.Contains(ContestObjective.Size))
            yield return "Size MB>";
    }

    private static IEnumerable<string> Costs(ContestReport report, ModelCosts? costs)
    {
        if (report.Objectives.Contains(ContestObjective.Latency))
            yield return Text(costs?.LatencyUs, "f1");
        if (report.Objectives.Contains(ContestObjective.Size))
            yield return Text(costs?.SizeMb, "f3");
    }

    private static string[] Row(ContestReport report, FamilyStanding standing)
    {
        if (standing.Skipped is { } reason)
            return [standing.Family, "", "", "", "", "", .. Costs(report, null), "", "", "", $"skipped: {reason}"];
        var behind = standing.BehindBest;
        var about = new[] { standing.Best?.Candidate.Parameters.ToString(), standing.Note is { } note ? $"({note})" : null };
        return
        [
            standing.Family == report.Chosen ? $"{standing.Family} ✓" : standing.Family, Text(standing.Trials), Text(standing.Pruned), Text(standing.Failed),
            Text(standing.Best?.MacroF1, "f4"), Text(standing.Best?.LogLoss, "f4"), .. Costs(report, standing.Costs), Text(behind?.Difference, "f4"),
            behind is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{behind.Low:f4} to {behind.High:f4}"), Text(behind?.McNemarP, "g2"),
            string.Join(' ', about.OfType<string>()),
        ];
    }

    private static string Text(int count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
