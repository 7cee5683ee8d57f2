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
                terminal, ["Family", "Trials>", "Pruned>", "Failed>", "Macro-F1>", "Log-loss>", .. Costs(report), "Behind the best>", "95 % interval>", "McNemar p>"],
                competing.Select(standing => Full(report, standing)));
        }
        else
        {
            Tables.Write(terminal, ["Family", "Trials>", "Pruned>", "Failed>", "Macro-F1>", "Behind the best>"], competing.Select(standing => Narrow(report, standing)));
        }
        if (report.Front is { } front)
            Write(terminal, report, front);
        foreach (var standing in report.Families.Where(standing => standing.Skipped is not null))
            terminal.Error.WriteLine($"Skipped   {standing.Family}: {standing.Skipped}");
        foreach (var standing in competing.Where(standing => standing.Note is not null))
            terminal.Error.WriteLine($"Note      {standing.Family}: {standing.Note}");
        terminal.Error.WriteLine($"Chosen    {(report.Chosen is null ? $"nothing: {report.Why}" : report.Why)}.");
        if (report.NotReproducible is { } why)
            terminal.Error.WriteLine($"Note      The same data, options and seed may give another result: {why}.");
    }

    private static void Write(Terminal terminal, ContestReport report, IReadOnlyList<FrontTrial> front)
    {
        terminal.Error.WriteLine("The Pareto front: trials that no other one beats in one objective without losing in another");
        Tables.Write(
            terminal, ["Family", "Trial>", "Macro-F1>", .. Costs(report), "Parameters"],
            front.Select(trial => new[] { trial.Family, Text(trial.Trial), Text(trial.MacroF1, "f4") }.Concat(Costs(report, trial.Costs)).Append(trial.Parameters.ToString()).ToArray()));
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

    private static string[] Full(ContestReport report, FamilyStanding standing) =>
    [
        Name(report, standing), Text(standing.Trials), Text(standing.Pruned), Text(standing.Failed), Text(standing.Best?.MacroF1, "f4"), Text(standing.Best?.LogLoss, "f4"),
        .. Costs(report, standing.Costs), Text(standing.BehindBest?.Difference, "f4"), Interval(standing, "f4"), Text(standing.BehindBest?.McNemarP, "g2"),
    ];

    private static string[] Narrow(ContestReport report, FamilyStanding standing) =>
    [
        Name(report, standing), Text(standing.Trials), Text(standing.Pruned), Text(standing.Failed), Text(standing.Best?.MacroF1, "f4"), Interval(standing, "f3"),
    ];

    private static string Name(ContestReport report, FamilyStanding standing) => standing.Family == report.Chosen ? $"{standing.Family} ✓" : standing.Family;

    private static string Interval(FamilyStanding standing, string format) =>
        standing.BehindBest is { } behind ? $"{Text(behind.Low, format)} to {Text(behind.High, format)}" : "";

    private static string Text(int count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Text(double? value, string format) => value is { } number && !double.IsNaN(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";
}
